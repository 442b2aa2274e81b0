package dev.palimpsest.data;

import dev.palimpsest.files.FileTree;
import dev.palimpsest.files.Image;
import dev.palimpsest.files.ImageSize;
import dev.palimpsest.files.InvalidArchiveException;
import dev.palimpsest.files.ReadInterruption;
import dev.palimpsest.files.ReadLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// CIFAR-100 in its binary version: `train.bin` and `test.bin`, each picture a coarse label, a fine label and
/// 3 x 32 x 32 bytes with channels first. The fine label counts; its names come from `fine_label_names.txt`
/// if that is there. Both files lie in memory while the data set is open (185 MB).
final class CifarBinary {

    private static final int SIDE = 32;
    private static final int PIXELS = 3 * SIDE * SIDE;
    private static final int RECORD = 2 + PIXELS;
    private static final int CLASSES = 100;
    private static final String NAMES = "fine_label_names.txt";

    /// Far above the original's 154 MB, far below what an array can hold.
    private static final long LARGEST_FILE = 1L << 30;

    private CifarBinary() {}

    static Dataset open(Path location, ReadLimits limits) {
        FileTree tree = FileTree.open(location, limits, LARGEST_FILE);
        try {
            List<String> labels = labels(tree);
            Records train = records(tree, "train.bin", labels.size());
            Records test = records(tree, "test.bin", labels.size());
            return new Dataset(labels, List.of(), train, test, tree::sha256, tree::close);
        } catch (IOException e) {
            tree.close();
            ReadInterruption.check(e);
            throw new InvalidArchiveException("the CIFAR files cannot be read: " + e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            tree.close();
            throw e;
        }
    }

    private static List<String> labels(FileTree tree) throws IOException {
        int row = find(tree, NAMES);
        if (row < 0) {
            return IntStream.range(0, CLASSES).mapToObj(Integer::toString).toList();
        }
        List<String> names = new String(tree.read(row), StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        if (names.isEmpty() || names.stream().distinct().count() != names.size() || names.size() > 256) {
            throw new InvalidArchiveException(
                    "'%s' must hold up to 256 different names, got %d".formatted(NAMES, names.size()));
        }
        return names;
    }

    private static Records records(FileTree tree, String name, int classes) throws IOException {
        int row = find(tree, name);
        if (row < 0) {
            throw new InvalidArchiveException("layout cifar100_binary needs '%s'; it is not there".formatted(name));
        }
        byte[] bytes = tree.read(row);
        if (bytes.length == 0 || bytes.length % RECORD != 0) {
            throw new InvalidArchiveException("'%s' must hold records of %d bytes, got %d bytes: cut short?"
                    .formatted(name, RECORD, bytes.length));
        }
        Records records = new Records(name, bytes);
        for (int i = 0; i < records.size(); i++) {
            if (records.label(i) >= classes) {
                throw new InvalidArchiveException("'%s': record %d has label %d, allowed is 0..%d"
                        .formatted(name, i, records.label(i), classes - 1));
            }
        }
        return records;
    }

    /// By the last part of the path: the published archive has a folder around its files.
    private static int find(FileTree tree, String name) {
        int found = -1;
        for (int row = 0; row < tree.size(); row++) {
            String path = tree.path(row);
            if (path.equals(name) || (path.endsWith("/" + name) && path.indexOf('/') == path.lastIndexOf('/'))) {
                if (found >= 0) {
                    throw new InvalidArchiveException("'%s' and '%s': which one?".formatted(tree.path(found), path));
                }
                found = row;
            }
        }
        return found;
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Records(String file, byte[] bytes) implements ImageSource {

        @Override
        public int size() {
            return bytes.length / RECORD;
        }

        @Override
        public int label(int index) {
            return bytes[index * RECORD + 1] & 0xFF;
        }

        @Override
        public Image image(int index) {
            int start = index * RECORD + 2;
            return new Image(SIDE, SIDE, Arrays.copyOfRange(bytes, start, start + PIXELS));
        }

        @Override
        public ImageSize imageSize(int index) {
            return new ImageSize(SIDE, SIDE);
        }

        @Override
        public String name(int index) {
            return file + "#" + index;
        }
    }
}
