package dev.palimpsest.web;

import dev.palimpsest.catalogue.LeftBehind;
import dev.palimpsest.catalogue.StorageSettings;
import dev.palimpsest.http.HttpLimits;
import jakarta.servlet.MultipartConfigElement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.multipart.MultipartResolver;

/// Uploads go to disk while they arrive, below the one mutable folder, never into memory.
@Configuration(proxyBeanMethods = false)
class UploadConfiguration {

    private final Path folder;

    /// The servlet container takes a relative folder for one of its own, so the path is made absolute.
    UploadConfiguration(@Value("${palimpsest.home:./data}/uploads") Path folder, LeftBehind leftBehind)
            throws IOException {
        this.folder = Files.createDirectories(folder.toAbsolutePath().normalize());
        leftBehind.sweep(this.folder, "");
    }

    @Bean
    MultipartConfigElement multipartConfigElement(HttpLimits limits) {
        long file = limits.uploadSize().toBytes();
        long whole = file + limits.jsonSize().toBytes();
        return new MultipartConfigElement(folder.toString(), file, whole, 0);
    }

    @Bean
    MultipartResolver multipartResolver(StorageSettings storage) {
        return new RoomyMultipartResolver(folder, storage.freeSpace());
    }
}
