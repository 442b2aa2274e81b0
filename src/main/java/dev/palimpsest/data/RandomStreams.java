package dev.palimpsest.data;

import dev.palimpsest.files.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// One seed in; a seed for each named stream, task, epoch and step out.
///
/// Derivation is by SHA-256, so a position is enough to go on after a stop: there is no generator to save.
/// A change here changes every run ever recorded; `RandomStreamsTest` pins the values.
public final class RandomStreams {

    /// Streams never share a seed, so what one of them draws cannot shift another.
    public enum Stream {
        CLASS_ORDER("class_order", 0),
        INIT("init", 1),
        ORDER("order", 2),
        AUGMENTATION("augmentation", 3),
        SAMPLING("sampling", 4);

        private final String wireName;
        private final int number;

        Stream(String wireName, int number) {
            this.wireName = wireName;
            this.number = number;
        }

        public String wireName() {
            return wireName;
        }
    }

    /// For draws that belong to the run and not to one of its tasks.
    static final int NO_TASK = -1;

    private static final int STREAM_BITS = 3;

    private final long seed;

    public RandomStreams(long seed) {
        this.seed = seed;
    }

    /// A seed for one position, not negative: libtorch's generators refuse others. Its generator of the CPU reads the
    /// low 32 bits, 29 of them drawn.
    ///
    /// The last three bits are the stream, so that two streams cannot share a seed even by accident.
    public long seed(Stream stream, int task, int epoch, int step) {
        byte[] hash = sha256("%d/%s/%d/%d/%d".formatted(seed, stream.wireName(), task, epoch, step));
        long drawn = ByteBuffer.wrap(hash).getLong();
        return ((drawn << STREAM_BITS) | stream.number) & Long.MAX_VALUE;
    }

    /// Names a stream in the record of a run, in hexadecimal digits.
    public String digest(Stream stream) {
        return HexFormat.of().formatHex(sha256("%d/%s".formatted(seed, stream.wireName())));
    }

    /// A permutation of 0..n-1, the same for ever: our own shuffle over our own generator.
    public static int[] permutation(long seed, int n) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            order[i] = i;
        }
        Draws draws = new Draws(seed);
        for (int i = n - 1; i > 0; i--) {
            int other = draws.nextInt(i + 1);
            int kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
        return order;
    }

    private static byte[] sha256(String text) {
        return Sha256.start().digest(text.getBytes(StandardCharsets.UTF_8));
    }
}
