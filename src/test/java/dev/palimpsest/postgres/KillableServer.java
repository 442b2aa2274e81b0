package dev.palimpsest.postgres;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/// A small JVM that starts a server and waits to be killed.
final class KillableServer {

    private KillableServer() {}

    public static void main(String[] arguments) throws Exception {
        var settings = new EmbeddedPostgresSettings(Path.of(arguments[0]), Duration.ofSeconds(60), true);
        try (var server = EmbeddedPostgres.start(settings)) {
            System.out.println(server.jdbcUrl());
            new CountDownLatch(1).await();
        }
    }
}
