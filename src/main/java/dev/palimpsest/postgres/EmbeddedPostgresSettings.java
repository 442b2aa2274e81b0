package dev.palimpsest.postgres;

import java.nio.file.Path;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How the embedded database is kept and started.
///
/// @param home folder that holds the unpacked binaries, the data, the password and the log
/// @param startupTimeout how long to wait for the first connection
/// @param durable false only for throw-away test data: the server then skips fsync
@ConfigurationProperties("palimpsest.embedded-postgres")
public record EmbeddedPostgresSettings(
        @DefaultValue("./data/postgres") Path home,
        @DefaultValue("60s") Duration startupTimeout,
        @DefaultValue("true") boolean durable) {}
