package dev.palimpsest.web;

import dev.palimpsest.experiments.LimitSettings;
import jakarta.servlet.MultipartConfigElement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Uploads go to disk while they arrive, below the one mutable folder, never into memory.
@Configuration(proxyBeanMethods = false)
class UploadConfiguration {

    /// The servlet container takes a relative folder for one of its own, so the path is absolute.
    @Bean
    MultipartConfigElement multipartConfigElement(
            LimitSettings limits, @Value("${palimpsest.home:./data}/uploads") Path folder) throws IOException {
        Path absolute = Files.createDirectories(folder.toAbsolutePath().normalize());
        long file = limits.uploadSize().toBytes();
        long whole = file + limits.jsonSize().toBytes();
        return new MultipartConfigElement(absolute.toString(), file, whole, 0);
    }
}
