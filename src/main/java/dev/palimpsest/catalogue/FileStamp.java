package dev.palimpsest.catalogue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// The cheap half of "has it changed": of a folder the sum of its files and the newest of them.
///
/// @param modifiedAt cut to microseconds, as the database keeps it
record FileStamp(long sizeBytes, Instant modifiedAt) {

    static FileStamp of(Path location) {
        var sum = new Sum();
        try {
            Files.walkFileTree(location, sum);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at '" + location.getFileName() + "'", e);
        }
        return new FileStamp(sum.bytes, sum.newest.truncatedTo(ChronoUnit.MICROS));
    }

    private static final class Sum extends SimpleFileVisitor<Path> {

        private long bytes;
        private Instant newest = Instant.EPOCH;

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            bytes += attributes.size();
            Instant modified = attributes.lastModifiedTime().toInstant();
            newest = modified.isAfter(newest) ? modified : newest;
            return FileVisitResult.CONTINUE;
        }
    }
}
