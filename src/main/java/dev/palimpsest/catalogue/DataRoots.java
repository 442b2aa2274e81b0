package dev.palimpsest.catalogue;

import dev.palimpsest.settings.RequestRefusedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.springframework.stereotype.Component;

/// The folders that a `location` may name. Whatever a request says, nothing outside of them is ever opened.
@Component
class DataRoots {

    private static final String LOCATION = "location";

    private final StorageSettings settings;

    DataRoots(StorageSettings settings) {
        this.settings = settings;
    }

    /// What a location names, in the first root that has it.
    ///
    /// @throws RequestRefusedException `location_outside_roots` or `location_not_found`
    Path resolve(String location) {
        Path relative = relative(location);
        try {
            return find(relative)
                    .orElseThrow(() -> new RequestRefusedException(
                            422,
                            "location_not_found",
                            LOCATION,
                            "There is no '%s' below a data root (palimpsest.storage.data-roots).".formatted(location)));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look for '" + location + "' in the data roots", e);
        }
    }

    private static Path relative(String location) {
        try {
            Path path = Path.of(location);
            boolean upwards = StreamSupport.stream(path.spliterator(), false)
                    .anyMatch(part -> part.toString().equals(".."));
            if (path.isAbsolute() || upwards || location.isBlank()) {
                throw outside(location);
            }
            return path;
        } catch (InvalidPathException _) {
            throw outside(location);
        }
    }

    private Optional<Path> find(Path relative) throws IOException {
        for (Path root : settings.dataRoots()) {
            Path candidate = root.resolve(relative);
            if (!Files.exists(candidate)) {
                continue;
            }
            Path real = candidate.toRealPath();
            if (!real.startsWith(root.toRealPath())) {
                throw outside(relative.toString());
            }
            return Optional.of(real);
        }
        return Optional.empty();
    }

    private static RequestRefusedException outside(String location) {
        return new RequestRefusedException(
                422,
                "location_outside_roots",
                LOCATION,
                "location must be a relative path below a data root, without '..' and without a link that leaves it,"
                        + " got '%s'.".formatted(location));
    }
}
