package dev.palimpsest.catalogue;

import dev.palimpsest.torch.HostBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;
import org.springframework.util.StringUtils;

/// Removes, before the first request, what uploads and pictures of a killed process left behind.
@Component
public class LeftBehind implements SmartInitializingSingleton {

    private static final Logger log = LoggerFactory.getLogger(LeftBehind.class);

    /// Other nodes may share the folders; none of them leaves a file alone for so long while it works at it.
    private static final Duration NOBODYS_AFTER = Duration.ofHours(1);

    private final StorageSettings storage;
    private final Duration untouched;

    /// @param database empty for the embedded one, which makes this process the only one in its folders
    LeftBehind(StorageSettings storage, @Value("${spring.datasource.url:}") String database) {
        this.storage = storage;
        this.untouched = StringUtils.hasText(database) ? NOBODYS_AFTER : Duration.ZERO;
    }

    @Override
    public void afterSingletonsInstantiated() {
        sweep(storage.datasetFolder(), StoredUpload.DRAFT);
        sweep(storage.backboneFolder(), StoredUpload.DRAFT);
        sweep(storage.pictureFolder(), HostBytes.PREFIX);
    }

    /// Removes files of a folder that nobody works at any more.
    ///
    /// @param prefix of their names
    public void sweep(Path folder, String prefix) {
        Instant latest = Instant.now().minus(untouched);
        int removed = 0;
        try {
            for (Path file : files(folder)) {
                boolean old = !Files.getLastModifiedTime(file).toInstant().isAfter(latest);
                if (old && String.valueOf(file.getFileName()).startsWith(prefix) && Files.deleteIfExists(file)) {
                    removed++;
                }
            }
        } catch (IOException e) {
            log.warn("Half-written files stay behind in {}: {}", folder, e.toString());
        }
        if (removed > 0) {
            log.info("Removed {} half-written files from {}", removed, folder);
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> inside = Files.list(folder)) {
            return inside.filter(Files::isRegularFile).toList();
        }
    }
}
