package dev.palimpsest;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationPropertiesBinding;
import org.springframework.core.convert.converter.Converter;
import org.springframework.stereotype.Component;

/// Folders in settings are paths of the file system; Spring alone takes them for resources and refuses `../data`.
@Component
@ConfigurationPropertiesBinding
final class FolderConverter implements Converter<String, Path> {

    @Override
    public Path convert(String folder) {
        return Path.of(folder);
    }
}
