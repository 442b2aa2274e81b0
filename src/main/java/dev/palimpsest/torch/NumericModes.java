package dev.palimpsest.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/// Resolves the precision of a request to a numeric mode.
///
/// `auto` is measured once for a device and size and kept in a file: a clock must not decide bits twice. Safe
/// for several threads; measurements run one after the other.
public final class NumericModes {
    /// A mode replaces the best one so far only if it takes at most this share of its time.
    private static final double SHARE = 0.9;

    private static final int WARM_UPS = 3;
    private static final int MEASURED = 5;

    private final TorchRuntime runtime;
    private final Path file;
    private final Stopwatch stopwatch;

    /// The sizes that a mode is measured with, letters as in the programs: images n, tokens N, width D.
    record Sizes(String device, int width, int tokens, int heads, int batch) {}

    @FunctionalInterface
    interface Stopwatch {
        /// Seconds that one block takes once, forward and backward.
        double seconds(NumericMode mode, Sizes sizes);
    }

    /// Measures with the programs of the runtime.
    ///
    /// @param file `numeric-modes.json`; made when the first mode is measured
    public NumericModes(TorchRuntime runtime, Path file) {
        this(runtime, file, new Probe(runtime));
    }

    NumericModes(TorchRuntime runtime, Path file, Stopwatch stopwatch) {
        this.runtime = runtime;
        this.file = file;
        this.stopwatch = stopwatch;
    }

    /// The mode of one job.
    ///
    /// @param precision `fp32`, `bf16` or `auto`
    /// @param batch images that go through the network at a time
    public NumericMode resolve(String precision, String device, int width, int tokens, int heads, int batch) {
        String model = runtime.devices().get(device).model();
        return switch (precision) {
            case "fp32" -> NumericMode.FP32;
            case "bf16" -> NumericMode.half(device, width / heads);
            case "auto" -> fastest(model, new Sizes(device, width, tokens, heads, batch));
            default ->
                throw new IllegalArgumentException(
                        "precision must be one of fp32, bf16, auto, got '" + precision + "'");
        };
    }

    private synchronized NumericMode fastest(String model, Sizes sizes) {
        String key = "%s, %d threads, libtorch %s, width %d, tokens %d, batch %d"
                .formatted(model, runtime.threads(), runtime.libtorchVersion(), sizes.width, sizes.tokens, sizes.batch);
        Map<String, String> known = load();
        String name = known.get(key);
        if (name != null) {
            return NumericMode.byName(name);
        }
        NumericMode mode = measure(sizes);
        known.put(key, mode.name());
        save(known);
        return mode;
    }

    /// The modes take turns, so that other load on the machine meets all of them.
    private NumericMode measure(Sizes sizes) {
        Map<NumericMode, Double> shortest = new LinkedHashMap<>();
        for (int round = 0; round < WARM_UPS + MEASURED; round++) {
            for (NumericMode mode : NumericMode.candidates(sizes.device, sizes.width / sizes.heads)) {
                double seconds = stopwatch.seconds(mode, sizes);
                if (round >= WARM_UPS) {
                    shortest.merge(mode, seconds, Math::min);
                }
            }
        }
        NumericMode best = NumericMode.FP32;
        double least = Double.POSITIVE_INFINITY;
        for (Map.Entry<NumericMode, Double> one : shortest.entrySet()) {
            if (one.getValue() <= SHARE * least) {
                best = one.getKey();
                least = one.getValue();
            }
        }
        return best;
    }

    private Map<String, String> load() {
        Map<String, String> known = new TreeMap<>();
        if (Files.notExists(file)) {
            return known;
        }
        try {
            if (Json.read(Files.readString(file)) instanceof Map<?, ?> entries) {
                entries.forEach((key, name) -> known.put(String.valueOf(key), String.valueOf(name)));
            }
            return known;
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    file + " is not valid: " + e.getMessage() + "; delete it to measure anew", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the numeric modes in " + file, e);
        }
    }

    /// By a rename, so that another process never reads half a file.
    private void save(Map<String, String> known) {
        StringBuilder text = new StringBuilder();
        known.forEach((key, name) -> text.append(text.isEmpty() ? "{\n" : ",\n")
                .append("  ")
                .append(Json.quoted(key))
                .append(": ")
                .append(Json.quoted(name)));
        Path draft = file.resolveSibling(file.getFileName() + ".draft");
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(draft, text.append("\n}\n"));
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep the numeric modes in " + file, e);
        }
    }

    /// Runs the program `probe`: the parts of one block, forward and backward.
    private record Probe(TorchRuntime runtime) implements Stopwatch {
        private static final long SEED = 1;

        @Override
        public double seconds(NumericMode mode, Sizes sizes) {
            Map<String, Long> constants = Map.of(
                    "heads", (long) sizes.heads,
                    "dtype", (long) mode.compute().code(),
                    "kernel", (long) mode.kernel(),
                    "fused", (long) mode.fused());
            try (IntMap c = IntMap.of(constants)) {
                return once(sizes, c);
            }
        }

        private double once(Sizes sizes, IntMap c) {
            Object[] arguments = {
                sizes.batch, sizes.tokens, sizes.width, 4 * sizes.width, sizes.heads, c, sizes.device, SEED
            };
            long start = System.nanoTime();
            try (TensorScope scope = runtime.scope()) {
                Tensor sum = runtime.program().call(scope, "probe", arguments);
                sum.number(); // a device is done only when its result is read
            }
            return (System.nanoTime() - start) / 1e9;
        }
    }
}
