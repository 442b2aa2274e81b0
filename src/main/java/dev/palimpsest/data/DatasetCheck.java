package dev.palimpsest.data;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.palimpsest.files.ImageSize;
import dev.palimpsest.files.PixelRows;
import dev.palimpsest.files.Sha256;
import dev.palimpsest.files.UnreadableImageException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A full pass over a data set: everything is decoded once, so that no run finds out later.
public final class DatasetCheck {

    private static final int MOST_EXAMPLES = 10;
    private static final int PROGRESS_EVERY = 64;

    /// How far the pass is. Called by one decoding thread at a time, `done` ascending.
    @FunctionalInterface
    public interface Progress {
        void at(int done, int total);
    }

    public enum Level {
        @JsonProperty("error")
        ERROR,
        @JsonProperty("warning")
        WARNING,
        @JsonProperty("info")
        INFO
    }

    /// What was looked for and found.
    ///
    /// @param code of `docs/data.md` 3
    /// @param examples at most ten; files, classes or pairs of equal files
    public record Check(String code, Level level, int count, List<String> examples) {}

    /// Smallest and largest, in pixels; 0 where nothing could be read.
    public record Range(int min, int max) {}

    /// What a pass has found.
    ///
    /// @param trainImages pictures that were decoded, as `testImages`
    public record Report(
            int classCount,
            List<String> groups,
            int trainImages,
            int testImages,
            Range width,
            Range height,
            List<Check> checks) {

        /// No check of level error has found anything.
        public boolean valid() {
            return checks.stream().noneMatch(check -> check.level() == Level.ERROR && check.count() > 0);
        }
    }

    /// Equal for equal pixels and size: half of a SHA-256.
    private record PixelDigest(long high, long low) {}

    private record Seen(ImageSize size, PixelDigest digest) {}

    private final Dataset dataset;
    private final @Nullable Seen[] train;
    private final @Nullable Seen[] test;

    private DatasetCheck(Dataset dataset) {
        this.dataset = dataset;
        this.train = new Seen[dataset.train().size()];
        this.test = new Seen[dataset.test().size()];
    }

    /// Reads and compares everything.
    ///
    /// @param threads platform threads that live as long as this call
    /// @throws java.util.concurrent.CancellationException if `stop` answered true or the thread was interrupted
    public static Report run(Dataset dataset, int threads, Progress progress, BooleanSupplier stop) {
        DatasetCheck check = new DatasetCheck(dataset);
        Findings unreadable = check.decodeAll(threads, progress, stop);
        return check.report(unreadable);
    }

    private Findings decodeAll(int threads, Progress progress, BooleanSupplier stop) {
        int total = train.length + test.length;
        AtomicInteger done = new AtomicInteger();
        Object turn = new Object();
        @Nullable String[] failures = new String[total];
        DecodingThreads.forEach(total, threads, stop, row -> {
            boolean training = row < train.length;
            int index = training ? row : row - train.length;
            ImageSource source = training ? dataset.train() : dataset.test();
            try {
                (training ? train : test)[index] = seen(source, index);
            } catch (UnreadableImageException e) {
                failures[row] = e.getMessage();
            }
            synchronized (turn) {
                int finished = done.incrementAndGet();
                if (finished % PROGRESS_EVERY == 0 || finished == total) {
                    progress.at(finished, total);
                }
            }
        });
        Findings unreadable = new Findings("unreadable_images", Level.ERROR);
        for (String failure : failures) {
            if (failure != null) {
                unreadable.add(failure);
            }
        }
        return unreadable;
    }

    private static Seen seen(ImageSource source, int index) {
        PixelDigester digester = new PixelDigester();
        source.decode(index, digester);
        return digester.seen();
    }

    private static final class PixelDigester implements PixelRows {

        private final MessageDigest sha256 = Sha256.start();
        private ImageSize size = new ImageSize(0, 0);

        @Override
        public void begin(int width, int height) {
            size = new ImageSize(width, height);
            sha256.update(ByteBuffer.allocate(8).putInt(width).putInt(height).flip());
        }

        @Override
        public void row(int y, byte[] rgb) {
            sha256.update(rgb);
        }

        Seen seen() {
            ByteBuffer digest = ByteBuffer.wrap(sha256.digest());
            return new Seen(size, new PixelDigest(digest.getLong(), digest.getLong()));
        }
    }

    private Report report(Findings unreadable) {
        Map<PixelDigest, Integer> training = new HashMap<>();
        Map<PixelDigest, Integer> testing = new HashMap<>();
        Findings duplicates = new Findings("duplicate_images", Level.INFO);
        findDuplicates(dataset.train(), train, training, duplicates);
        findDuplicates(dataset.test(), test, testing, duplicates);
        return new Report(
                dataset.labels().size(),
                dataset.groups(),
                count(train),
                count(test),
                range(true),
                range(false),
                List.of(
                        unreadable.check(),
                        classesWithoutTest().check(),
                        testInTraining(training).check(),
                        duplicates.check()));
    }

    private static int count(@Nullable Seen[] images) {
        return (int) Arrays.stream(images).filter(Objects::nonNull).count();
    }

    private static void findDuplicates(
            ImageSource source, @Nullable Seen[] seen, Map<PixelDigest, Integer> first, Findings duplicates) {
        for (int row = 0; row < seen.length; row++) {
            Seen image = seen[row];
            if (image == null) {
                continue;
            }
            Integer earlier = first.putIfAbsent(image.digest(), row);
            if (earlier != null) {
                duplicates.add(source.name(row) + " = " + source.name(earlier));
            }
        }
    }

    private Findings testInTraining(Map<PixelDigest, Integer> training) {
        Findings findings = new Findings("test_images_in_training", Level.WARNING);
        for (int row = 0; row < test.length; row++) {
            Seen image = test[row];
            Integer same = image == null ? null : training.get(image.digest());
            if (same != null) {
                findings.add(dataset.test().name(row) + " = " + dataset.train().name(same));
            }
        }
        return findings;
    }

    private Findings classesWithoutTest() {
        boolean[] tested = new boolean[dataset.labels().size()];
        for (int row = 0; row < test.length; row++) {
            tested[dataset.test().label(row)] = true;
        }
        Findings findings = new Findings("classes_without_test_images", Level.ERROR);
        for (int label = 0; label < tested.length; label++) {
            if (!tested[label]) {
                findings.add(dataset.labels().get(label));
            }
        }
        return findings;
    }

    private Range range(boolean width) {
        int min = Integer.MAX_VALUE;
        int max = 0;
        for (Seen[] images : List.of(train, test)) {
            for (Seen image : images) {
                if (image != null) {
                    int value = width ? image.size().width() : image.size().height();
                    min = Math.min(min, value);
                    max = Math.max(max, value);
                }
            }
        }
        return new Range(max == 0 ? 0 : min, max);
    }

    private static final class Findings {

        private final String code;
        private final Level level;
        private final List<String> examples = new ArrayList<>();
        private int count;

        Findings(String code, Level level) {
            this.code = code;
            this.level = level;
        }

        void add(String example) {
            count++;
            if (examples.size() < MOST_EXAMPLES) {
                examples.add(example);
            }
        }

        Check check() {
            return new Check(code, level, count, List.copyOf(examples));
        }
    }
}
