package dev.palimpsest.runs;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// What the engine may use of the machine.
///
/// @param threads of libtorch, for the whole process; empty for the cores divided by the slots
/// @param decodeThreads platform threads of a run that decode pictures
/// @param imageStoreSize decoded pictures of one task that stay in memory, more of them lie in a file; empty
///     for a quarter of the memory beside the Java heap, shared out among the slots
@ConfigurationProperties("palimpsest.engine")
public record EngineSettings(
        @Nullable Integer threads,
        @DefaultValue("2") int decodeThreads,
        @Nullable DataSize imageStoreSize) {

    public EngineSettings {
        if (threads != null && threads < 1) {
            throw new IllegalArgumentException("palimpsest.engine.threads must be at least 1, got " + threads);
        }
        if (decodeThreads < 1) {
            throw new IllegalArgumentException(
                    "palimpsest.engine.decode-threads must be at least 1, got " + decodeThreads);
        }
    }

    /// Threads of libtorch on a machine with so many cores that runs so many jobs at once.
    public int threads(int cores, int slots) {
        return threads == null ? Math.max(1, cores / Math.max(1, slots)) : threads;
    }
}
