package dev.palimpsest.bench;

import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.DatasetSpec;
import dev.palimpsest.data.ImageLayout;
import dev.palimpsest.data.ImageSource;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.FloatMap;
import dev.palimpsest.torch.HostBytes;
import dev.palimpsest.torch.IntMap;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorMap;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.torch.TorchRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// From files to training pixels of side 224: random crop, resize, flip, normalisation; prints one line of
/// JSON.
///
/// Pictures are decoded once a task and stay as bytes, so the rate over `--epochs` counts decoding once.
///
/// Options: `--kind` png (32 pixels) or jpeg (227 pixels); `--pictures` an archive or folder of layout
/// `split/class` or `group/split/class`, drawn where it does not exist; `--images`; `--batch`; `--epochs`;
/// `--precision` of the pixels, fp32 or bf16; `--rounds`.
final class InputBench {

    private static final int SIDE = 224;

    /// Unmeasured rounds; a run of ten tasks does some forty of them.
    private static final int WARM = 3;

    private InputBench() {}

    public static void main(String[] arguments) throws IOException {
        Options options = Options.of(
                arguments,
                "kind=png pictures=target/bench/pictures/png images=960 batch=16 epochs=5 precision=bf16 rounds=9");
        Path pictures = Path.of(options.text("pictures"));
        if (Files.notExists(pictures)) {
            DrawnFiles.write(pictures, options.text("kind"));
        }
        TorchRuntime runtime = TorchRuntime.start(1);
        try (Dataset dataset = open(pictures)) {
            ImageSource source = dataset.train();
            int[] rows = IntStream.range(0, options.number("images"))
                    .map(i -> (int) ((long) i * source.size() / options.number("images")))
                    .toArray();
            List<Stored> stores = new ArrayList<>();
            Meter decoding = new Meter();
            int rounds = options.number("rounds");
            decoding.run(WARM, rounds, () -> {
                stores.forEach(Stored::close);
                stores.clear();
                stores.add(Stored.of(runtime, source, rows));
            });
            Meter augmenting = augment(runtime, stores.getFirst(), options, rounds);
            stores.forEach(Stored::close);
            double each = decoding.cpuMillis() / options.number("epochs") + augmenting.cpuMillis();
            augmenting.print(
                    "input",
                    options,
                    Map.of(
                            "decoded_per_cpu_s", rate(rows.length, decoding.cpuMillis()),
                            "augmented_per_cpu_s", rate(rows.length, augmenting.cpuMillis()),
                            "images_per_cpu_s", rate(rows.length, each)));
        }
    }

    private static Dataset open(Path pictures) {
        boolean grouped = String.valueOf(pictures.getFileName()).startsWith("pacs");
        DatasetSpec.Layout layout = grouped ? DatasetSpec.Layout.GROUP_SPLIT_CLASS : DatasetSpec.Layout.SPLIT_CLASS;
        return new DatasetSpec.Images(pictures, layout, null, null).open();
    }

    private static long rate(int images, double millis) {
        return Math.round(1000 * images / millis);
    }

    /// The program that each step calls for its pixels, over all pictures of a store.
    private static Meter augment(TorchRuntime runtime, Stored store, Options options, int rounds) {
        boolean half = options.text("precision").equals("bf16");
        int type = (half ? ElementType.BFLOAT16 : ElementType.FLOAT32).code();
        Map<String, Double> numbers = Map.of(
                "crop_min",
                0.08,
                "crop_max",
                1.0,
                "brightness",
                0.0,
                "mean0",
                0.5,
                "mean1",
                0.5,
                "mean2",
                0.5,
                "std0",
                0.5,
                "std1",
                0.5,
                "std2",
                0.5);
        Map<String, Long> choices =
                Map.of("side", (long) SIDE, "dtype", (long) type, "augment", 1L, "flip", 1L, "train_filter", 0L);
        Meter meter = new Meter();
        try (TensorScope scope = runtime.scope();
                IntMap c = IntMap.of(choices);
                FloatMap f = FloatMap.of(numbers)) {
            Tensor base = scope.floats(new float[1], 1);
            try (TensorMap s = TensorMap.of(Map.of("pixels", store.pixels(scope), "base", List.of(base)))) {
                meter.run(WARM, rounds, () -> {
                    for (int from = 0; from < store.size(); from += options.number("batch")) {
                        long[] rows = LongStream.range(from, Math.min(store.size(), from + options.number("batch")))
                                .toArray();
                        try (TensorScope step = runtime.scope()) {
                            runtime.program().call(step, "batch", s, c, f, (long) from, step.longs(rows, rows.length));
                        }
                    }
                });
            }
        }
        return meter;
    }

    /// Decoded pictures.
    private record Stored(ImageLayout layout, HostBytes bytes) implements AutoCloseable {

        static Stored of(TorchRuntime runtime, ImageSource source, int[] rows) {
            ImageLayout layout = ImageLayout.of(source, rows, 1, () -> false);
            HostBytes bytes = HostBytes.inMemory(runtime, layout.bytes());
            layout.decode(() -> false, bytes::put);
            return new Stored(layout, bytes);
        }

        int size() {
            return layout.size();
        }

        List<Tensor> pixels(TensorScope scope) {
            long[] shape = layout.uniform()
                    ? new long[] {layout.size(), 3, layout.height(), layout.width()}
                    : new long[] {layout.bytes()};
            Tensor tensor = bytes.tensor(shape);
            scope.adopt(tensor);
            return layout.uniform() ? List.of(tensor) : List.of(tensor, scope.longs(layout.table(), layout.size(), 3));
        }

        @Override
        public void close() {
            bytes.close();
        }
    }
}
