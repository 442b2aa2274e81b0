package dev.palimpsest.files;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// The files below a folder. Links are refused, not followed: they could lead anywhere.
final class FolderTree implements FileTree {

    private final Path root;
    private final List<String> paths;
    private final long fileBytes;

    private FolderTree(Path root, List<String> paths, long fileBytes) {
        this.root = root;
        this.paths = paths;
        this.fileBytes = fileBytes;
    }

    static FolderTree open(Path folder, ReadLimits limits, long fileBytes) {
        List<String> paths = new ArrayList<>();
        try {
            Path root = folder.toRealPath();
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                    return !directory.equals(root) && FileTree.hidden(lastPart(directory))
                            ? FileVisitResult.SKIP_SUBTREE
                            : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (!FileTree.hidden(lastPart(file))) {
                        String path = root.relativize(file).toString().replace('\\', '/');
                        check(path, attributes, paths.size(), limits, fileBytes);
                        paths.add(path);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
            paths.sort(null);
            return new FolderTree(root, paths, fileBytes);
        } catch (IOException e) {
            ReadInterruption.check(e);
            throw new InvalidArchiveException("the folder cannot be read: " + e.getMessage(), e);
        }
    }

    private static void check(
            String path, BasicFileAttributes attributes, int filesBefore, ReadLimits limits, long fileBytes) {
        if (!attributes.isRegularFile()) {
            throw new InvalidArchiveException("'%s' is a link or no plain file".formatted(path));
        }
        if (attributes.size() > fileBytes) {
            throw new InvalidArchiveException(
                    "'%s' has %d bytes, more than the allowed %d".formatted(path, attributes.size(), fileBytes));
        }
        if (filesBefore >= limits.archiveEntries()) {
            throw new InvalidArchiveException(
                    "the folder has more than the allowed %d files".formatted(limits.archiveEntries()));
        }
    }

    private static String lastPart(Path path) {
        Path name = path.getFileName();
        return name == null ? "" : name.toString();
    }

    @Override
    public int size() {
        return paths.size();
    }

    @Override
    public String path(int row) {
        return paths.get(row);
    }

    @Override
    public long bytes(int row) throws IOException {
        return Files.size(root.resolve(paths.get(row)));
    }

    @Override
    public InputStream open(int row) throws IOException {
        Path file = root.resolve(paths.get(row));
        // a link may have taken the place of a file or folder since the tree was opened
        if (!file.toRealPath().equals(file)) {
            throw new IOException("is a link");
        }
        return Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public byte[] read(int row) throws IOException {
        try (InputStream stream = open(row)) {
            byte[] bytes = stream.readNBytes((int) Math.min(Integer.MAX_VALUE - 8, fileBytes + 1));
            if (bytes.length > fileBytes) {
                throw new IOException("more than the allowed %d bytes".formatted(fileBytes));
            }
            return bytes;
        }
    }

    @Override
    public boolean archive() {
        return false;
    }

    @Override
    public String sha256() {
        MessageDigest whole = Sha256.start();
        try {
            for (int row = 0; row < paths.size(); row++) {
                MessageDigest digest = Sha256.start();
                long length;
                try (var stream = new DigestInputStream(open(row), digest)) {
                    length = stream.transferTo(OutputStream.nullOutputStream());
                }
                String hex = HexFormat.of().formatHex(digest.digest());
                String line = "%s, %d, %s\n".formatted(paths.get(row), length, hex);
                whole.update(line.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            ReadInterruption.check(e);
            throw new UncheckedIOException("the folder's digest cannot be taken", e);
        }
        return HexFormat.of().formatHex(whole.digest());
    }

    @Override
    public void close() {}
}
