package dev.palimpsest.postgres;

import java.nio.file.Path;

/// Another process has its database in the same folder.
final class HomeInUseException extends IllegalStateException {

    HomeInUseException(Path home) {
        super("Another instance uses " + home
                + "; stop it, choose another home, or share one server through SPRING_DATASOURCE_URL");
    }
}
