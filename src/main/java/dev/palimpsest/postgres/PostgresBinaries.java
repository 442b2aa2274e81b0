package dev.palimpsest.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/// Unpacks the binaries archive from the class path, once per folder.
final class PostgresBinaries {

    private PostgresBinaries() {}

    static Path unpack(Path folder) throws IOException {
        Path complete = folder.resolve(".complete");
        if (Files.exists(complete)) {
            return folder;
        }
        String name = resourceName();
        try (InputStream resource = PostgresBinaries.class.getResourceAsStream(name)) {
            if (resource == null) {
                throw new IOException("No PostgreSQL for this platform on the class path (" + name
                        + "); set SPRING_DATASOURCE_URL to use a server of your own");
            }
            try (var archive = new TarArchiveInputStream(new XZInputStream(resource))) {
                for (TarArchiveEntry entry = archive.getNextEntry(); entry != null; entry = archive.getNextEntry()) {
                    unpackEntry(archive, entry, folder);
                }
            }
        }
        Files.createFile(complete);
        return folder;
    }

    private static void unpackEntry(TarArchiveInputStream archive, TarArchiveEntry entry, Path folder)
            throws IOException {
        Path target = folder.resolve(entry.getName()).normalize();
        if (!target.startsWith(folder)) {
            throw new IOException("Entry outside the target folder: " + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(target);
            return;
        }
        Files.createDirectories(target.getParent());
        if (entry.isSymbolicLink()) {
            Files.deleteIfExists(target);
            Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
            return;
        }
        Files.copy(archive, target, StandardCopyOption.REPLACE_EXISTING);
        if ((entry.getMode() & 0100) != 0) {
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    private static String resourceName() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch").equals("aarch64") ? "arm_64" : "x86_64";
        return "/postgres-" + (os.contains("mac") ? "darwin" : "linux") + "-" + arch + ".txz";
    }
}
