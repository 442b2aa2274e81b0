package dev.palimpsest.data;

import dev.palimpsest.data.DatasetSpec.Layout;
import dev.palimpsest.files.FileTree;
import dev.palimpsest.files.Image;
import dev.palimpsest.files.ImageDecoder;
import dev.palimpsest.files.ImageHeader;
import dev.palimpsest.files.ImageSize;
import dev.palimpsest.files.InvalidArchiveException;
import dev.palimpsest.files.PixelRows;
import dev.palimpsest.files.ReadInterruption;
import dev.palimpsest.files.ReadLimits;
import dev.palimpsest.files.StoredPicture;
import dev.palimpsest.files.UnreadableImageException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Pictures as files, whose paths tell split, group and class: `[group/]split/class/file` or `class/file`, in
/// a folder or a zip. Every file in a class folder counts as a picture; the check finds those that are none.
final class ImageFolder {

    private static final Set<String> SPLITS = Set.of("train", "test");
    private static final Pattern PICTURE = Pattern.compile(".*\\.(png|jpe?g|ppm|gif|bmp|webp|tiff?)");

    /// A file by what its path says. The split of layout `class` is only cut later.
    private record Place(
            int row, @Nullable String group, @Nullable String split, String className) {

        String label() {
            return group == null ? className : group + "/" + className;
        }
    }

    private ImageFolder() {}

    static Dataset open(DatasetSpec.Images spec, ReadLimits limits) {
        FileTree tree = FileTree.open(spec.location(), limits, limits.imageBytes());
        try {
            List<Place> places = places(tree, spec.layout());
            List<String> groups = groups(places);
            List<String> labels = labels(places);
            Map<String, Integer> labelRow = rows(labels);
            Map<String, Integer> groupRow = rows(groups);
            List<Place> train = new ArrayList<>();
            List<Place> test = new ArrayList<>();
            if (spec.layout() == Layout.CLASS) {
                cut(places, labels, spec, train, test);
            } else {
                places.forEach(place -> ("test".equals(place.split()) ? test : train).add(place));
            }
            ImageSource trainFiles = new Files(tree, train, labelRow, groupRow);
            ImageSource testFiles = new Files(tree, test, labelRow, groupRow);
            return new Dataset(labels, groups, trainFiles, testFiles, tree::sha256, tree::close);
        } catch (RuntimeException | Error e) {
            tree.close();
            throw e;
        }
    }

    /// An archive often has one folder around everything. It counts as part of the path if that makes the
    /// layout valid; it never does by itself, because a data set may have a single class or group.
    private static List<Place> places(FileTree tree, Layout layout) {
        try {
            return places(tree, layout, 0);
        } catch (InvalidArchiveException e) {
            if (tree.archive() && oneTopFolder(tree)) {
                try {
                    return places(tree, layout, 1);
                } catch (InvalidArchiveException _) {
                    throw e; // the person thinks in whole paths
                }
            }
            throw e;
        }
    }

    private static boolean oneTopFolder(FileTree tree) {
        String first = tree.path(0);
        int slash = first.indexOf('/');
        String top = first.substring(0, slash + 1);
        for (int row = 0; row < tree.size(); row++) {
            if (slash < 0 || !tree.path(row).startsWith(top)) {
                return false;
            }
        }
        return true;
    }

    private static List<Place> places(FileTree tree, Layout layout, int skipped) {
        int depth = switch (layout) {
            case CLASS -> 2;
            case SPLIT_CLASS -> 3;
            case GROUP_SPLIT_CLASS -> 4;
            case CIFAR100_BINARY -> throw new IllegalArgumentException("cifar100_binary is no folder layout");
        };
        List<Place> places = new ArrayList<>();
        for (int row = 0; row < tree.size(); row++) {
            String path = tree.path(row);
            String[] parts = path.split("/", -1);
            if (parts.length - skipped != depth) {
                refusePicture(path, layout);
                continue;
            }
            String className = parts[parts.length - 2];
            String split = layout == Layout.CLASS ? null : parts[parts.length - 3];
            String group = layout == Layout.GROUP_SPLIT_CLASS ? parts[parts.length - 4] : null;
            if (split != null && !SPLITS.contains(split)) {
                throw new InvalidArchiveException("'%s': in layout %s the split's folder is 'train' or 'test', got '%s'"
                        .formatted(path, layout.wireName(), split));
            }
            places.add(new Place(row, group, split, className));
        }
        if (places.isEmpty()) {
            throw new InvalidArchiveException("there is no picture in layout %s".formatted(layout.wireName()));
        }
        return places;
    }

    /// Texts and tables beside the folders are nobody's pictures; a picture at a wrong place must not vanish.
    private static void refusePicture(String path, Layout layout) {
        if (PICTURE.matcher(path.toLowerCase(Locale.ROOT)).matches()) {
            throw new InvalidArchiveException(
                    "'%s' does not lie in layout %s: %s/file".formatted(path, layout.wireName(), layout.wireName()));
        }
    }

    private static List<String> groups(List<Place> places) {
        Set<String> names = new TreeSet<>();
        for (Place place : places) {
            if (place.group() != null) {
                names.add(place.group());
            }
        }
        return NaturalOrder.of(names);
    }

    private static List<String> labels(List<Place> places) {
        Map<String, Set<String>> byGroup = new TreeMap<>();
        for (Place place : places) {
            String group = place.group() == null ? "" : place.group();
            byGroup.computeIfAbsent(group, _ -> new TreeSet<>()).add(place.className());
        }
        List<String> labels = new ArrayList<>();
        for (String group : NaturalOrder.of(byGroup.keySet())) {
            for (String className : NaturalOrder.of(byGroup.getOrDefault(group, Set.of()))) {
                labels.add(group.isEmpty() ? className : group + "/" + className);
            }
        }
        return labels;
    }

    private static Map<String, Integer> rows(List<String> names) {
        Map<String, Integer> rows = new HashMap<>();
        for (int row = 0; row < names.size(); row++) {
            rows.put(names.get(row), row);
        }
        return rows;
    }

    /// The test part of each class, at least one picture and never all of several. The permutation is drawn
    /// for each class by itself, so one more class changes no other.
    private static void cut(
            List<Place> places, List<String> labels, DatasetSpec.Images spec, List<Place> train, List<Place> test) {
        Map<String, List<Place>> byLabel = new HashMap<>();
        places.forEach(place ->
                byLabel.computeIfAbsent(place.label(), _ -> new ArrayList<>()).add(place));
        double fraction = spec.testFraction() == null ? 0 : spec.testFraction();
        long seed = spec.splitSeed() == null ? 0 : spec.splitSeed();
        for (String label : labels) {
            List<Place> files = byLabel.getOrDefault(label, List.of());
            int count = files.size();
            int tested = Math.clamp((int) Math.rint(count * fraction), Math.min(1, count - 1), Math.max(0, count - 1));
            int[] order = RandomStreams.permutation(seed ^ Draws.mix(label.hashCode()), count);
            boolean[] chosen = new boolean[count];
            for (int i = 0; i < tested; i++) {
                chosen[order[i]] = true;
            }
            for (int i = 0; i < count; i++) {
                (chosen[i] ? test : train).add(files.get(i));
            }
        }
    }

    /// Files of a tree as pictures.
    private static final class Files implements ImageSource {

        private final FileTree tree;
        private final int[] rows;
        private final int[] labels;
        private final int[] groups;

        Files(FileTree tree, List<Place> places, Map<String, Integer> labelRow, Map<String, Integer> groupRow) {
            this.tree = tree;
            this.rows = places.stream().mapToInt(Place::row).toArray();
            this.labels = places.stream()
                    .mapToInt(place -> labelRow.getOrDefault(place.label(), -1))
                    .toArray();
            this.groups = places.stream()
                    .mapToInt(place -> place.group() == null ? -1 : groupRow.getOrDefault(place.group(), -1))
                    .toArray();
        }

        @Override
        public int size() {
            return rows.length;
        }

        @Override
        public int label(int index) {
            return labels[index];
        }

        @Override
        public int group(int index) {
            return groups[index];
        }

        @Override
        public String name(int index) {
            return tree.path(rows[index]);
        }

        @Override
        public Image image(int index) {
            Image.Collector collector = new Image.Collector();
            decode(index, collector);
            return collector.image();
        }

        @Override
        public void decode(int index, PixelRows target) {
            long raster = header(index).rasterBytes(ImageDecoder.STRIP);
            long file = reading(index, () -> tree.bytes(rows[index]));
            DecodingMemory.SHARED.with(file + raster, () -> {
                byte[] bytes = reading(index, () -> tree.read(rows[index]));
                ImageDecoder.decode(bytes, name(index), ImageDecoder.STRIP, target);
            });
        }

        @Override
        public Optional<StoredPicture> stored(int index) {
            return Optional.of(reading(index, () -> StoredPicture.of(tree, rows[index])));
        }

        @Override
        public ImageSize imageSize(int index) {
            ImageHeader header = header(index);
            return new ImageSize(header.width(), header.height());
        }

        private ImageHeader header(int index) {
            return reading(index, () -> {
                try (InputStream stream = tree.open(rows[index])) {
                    return ImageHeader.read(stream, name(index));
                }
            });
        }

        @FunctionalInterface
        private interface Reading<T> {
            T read() throws IOException;
        }

        private <T> T reading(int index, Reading<T> reading) {
            try {
                return reading.read();
            } catch (IOException e) {
                ReadInterruption.check(e);
                throw new UnreadableImageException(name(index), "cannot be read: " + e.getMessage(), e);
            }
        }
    }
}
