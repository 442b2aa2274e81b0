package dev.palimpsest.http;

import io.swagger.v3.oas.annotations.Hidden;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.Resource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.ViewControllerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/// The dashboard: files of the jar below `/ui/`, and the ways there.
///
/// Every file is asked for again each time and answered with 304 while its bytes are the same. A page is then
/// never made of modules of two releases, which names without a version in them would allow.
@Configuration(proxyBeanMethods = false)
class Dashboard implements WebMvcConfigurer {

    /// The page that a browser gets at the root, relative to it.
    static final String PAGE = "ui/";

    private final Map<String, String> digests = new ConcurrentHashMap<>();

    @Override
    public void addResourceHandlers(ResourceHandlerRegistry registry) {
        registry.addResourceHandler("/ui/**")
                .addResourceLocations("classpath:/ui/")
                .setCacheControl(CacheControl.noCache())
                .setUseLastModified(false) // the same in every release of a reproducible jar
                .setEtagGenerator(file -> digests.computeIfAbsent(file.toString(), _ -> digest(file)));
    }

    @Override
    public void addViewControllers(ViewControllerRegistry registry) {
        registry.addViewController("/ui/").setViewName("forward:/ui/index.html");
    }

    private static String digest(Resource file) {
        try (InputStream bytes = file.getInputStream()) {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes.readAllBytes());
            return '"' + HexFormat.of().formatHex(digest, 0, 16) + '"';
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    /// Redirects by relative addresses: behind a proxy that takes a prefix off the path, only the browser knows
    /// the whole address.
    @Hidden
    @RestController
    static class Ways {

        @GetMapping({"/", "/ui"})
        ResponseEntity<Void> toThePage() {
            return ResponseEntity.status(HttpStatus.FOUND)
                    .header(HttpHeaders.LOCATION, PAGE)
                    .build();
        }
    }
}
