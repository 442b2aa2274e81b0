package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.palimpsest.support.GoldenCases;
import dev.palimpsest.support.GoldenCases.GoldenCase;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.support.HeapPictures;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.support.Tolerances;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.FloatMap;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.IntMap;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/// The forward pass against the published model: every tensor of a toy network, and a real one on real
/// pictures where weights and pictures are at hand.
@Tag("engine")
class VitGoldenIT {

    private static final List<NumericMode> MODES = List.of(NumericMode.FP64, NumericMode.FP32, NumericMode.FP32_ONEDNN);

    private static final double EXACT = 1e-10;

    private static final List<Double> HALF = List.of(0.5, 0.5, 0.5);

    /// A case is computed once for both of its tests.
    private static final Map<String, GoldenComparison> DONE = new HashMap<>();

    @TestFactory
    Stream<DynamicTest> everyTensorOfAForwardPassIsTheSame() {
        return GoldenCases.tests("lorac-ipc", "vit-", golden -> {
            toy(golden).assertNear();
            assertThat(expected(golden).names())
                    .filteredOn(name -> !name.equals("images"))
                    .isSubsetOf(toy(golden).names());
        });
    }

    @TestFactory
    Stream<DynamicTest> aChangedNumberIsSeen() {
        return GoldenCases.tests("lorac-ipc", "vit-", golden -> toy(golden).assertEveryChangeIsSeen());
    }

    @Test
    void aRealNetworkOnRealPicturesIsTheSame() {
        GoldenComparison comparison = real();

        comparison.assertNear();
        comparison.assertEveryChangeIsSeen();
    }

    private static TensorBundle expected(GoldenCase golden) {
        return read(golden.tensors().stream()
                .filter(file -> file.toString().endsWith(".outputs.safetensors"))
                .findFirst()
                .orElseThrow());
    }

    private static GoldenComparison toy(GoldenCase golden) {
        return DONE.computeIfAbsent(golden.name(), _ -> {
            GoldenComparison comparison = new GoldenComparison();
            TensorBundle weights = read(golden.folder().resolve(golden.name() + ".safetensors"));
            for (NumericMode mode : MODES) {
                compareToy(golden, weights, mode, comparison);
            }
            return comparison;
        });
    }

    private static void compareToy(
            GoldenCase golden, TensorBundle weights, NumericMode mode, GoldenComparison comparison) {
        TensorBundle stored = expected(golden);
        Tolerances tolerances = Tolerances.of(golden);
        JsonNode config = golden.json().get("config");
        int side = config.get("image").intValue();
        comparison.run(mode.name());
        try (Backbone backbone = backbone(weights, config.get("heads").intValue(), side, mode);
                Network network = network(backbone, weights, side, mode);
                ImagePixels pixels = pixels(network, stored.get("images"));
                Weights plain = network.compose(AdapterView.NONE);
                TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            int count = pixels.count();
            double[] features = network.features(
                            scope, pixels, LongStream.range(0, count).toArray(), plain, count)
                    .doubles();
            double[] logits = network.logits(scope, features, count, count).doubles();
            comparison.near("f64.features", features, doubles(stored, "features"), bound(mode, tolerances, "features"));
            comparison.near("f64.logits", logits, doubles(stored, "logits"), bound(mode, tolerances, "logits"));
            List<Tensor> tokens = probe(scope, "probe_blocks", network, pixels, plain);
            List<String> names = new ArrayList<>(List.of("patch_tokens", "embedded"));
            for (int i = 0; i < network.shape().depth(); i++) {
                names.addAll(List.of("block" + i + ".attn", "block" + i + ".mlp", "block" + i + ".output"));
            }
            names.add("normed_tokens");
            for (int k = 0; k < names.size(); k++) {
                comparison.near(
                        "f64." + names.get(k),
                        tokens.get(k).doubles(),
                        doubles(stored, names.get(k)),
                        bound(mode, tolerances, "block and token tensors"));
            }
        }
    }

    private static GoldenComparison real() {
        Path shared = Path.of(System.getProperty("palimpsest.shared", "../shared"));
        Path folder = shared.resolve("golden-real").resolve("vit-tiny");
        assumeTrue(Files.isDirectory(folder), () -> "real pictures are not there: " + folder);
        JsonNode json = GoldenCases.read(folder.resolve("vit-tiny-real.json"));
        String file = json.get("weights").stringValue().split(",", -1)[0];
        Path weights = shared.resolve("weights").resolve(file);
        assumeTrue(Files.exists(weights), () -> "weights are not there: " + weights);
        TensorBundle stored = read(folder.resolve("vit-tiny-real.safetensors"));
        JsonNode tolerances =
                GoldenCases.read(folder.resolve("tolerances.json")).get("vit-tiny-real");
        GoldenComparison comparison = new GoldenComparison();
        for (NumericMode mode : MODES) {
            comparison.run(mode.name());
            compareReal(json, weights, stored, tolerances, mode, comparison);
        }
        return comparison;
    }

    private static void compareReal(
            JsonNode json,
            Path file,
            TensorBundle stored,
            JsonNode tolerances,
            NumericMode mode,
            GoldenComparison comparison) {
        JsonNode model = json.get("model");
        int side = model.get("image").intValue();
        TensorBundle weights = read(file);
        try (Safetensors tensors = Safetensors.open(file);
                Backbone backbone = Backbone.load(
                        TestPrograms.RUNTIME, tensors, model.get("heads").intValue(), side, master(mode), "cpu");
                Network network = network(backbone, weights, side, mode);
                ImagePixels pixels = pixels(network, stored.get("images"));
                Weights plain = network.compose(AdapterView.NONE);
                TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            List<Tensor> parts = probe(scope, "probe_upscaled", network, pixels, plain, side);
            double[] features = parts.get(2).doubles();
            int count = pixels.count();
            double[] logits = network.logits(scope, features, count, count).doubles();
            Bound bound = quantity -> mode.equals(NumericMode.FP64)
                    ? EXACT
                    : tolerances.get(quantity).get("tolerance").doubleValue();
            comparison.near("features", features, doubles(stored, "features"), bound.of("features"));
            comparison.near("logits", logits, doubles(stored, "logits"), bound.of("logits"));
            comparison.near(
                    "class_token_after_block",
                    parts.get(1).doubles(),
                    doubles(stored, "class_token_after_block"),
                    bound.of("class_token_after_block"));
            compareInput(parts.getFirst().doubles(), count, side, stored, bound, comparison);
            comparison.same("top1_index", highest(logits, count), integers(json.get("top1_index")));
        }
    }

    @FunctionalInterface
    private interface Bound {
        double of(String quantity);
    }

    /// Of the network input, whose whole is not stored: mean and deviation of each channel, a corner, a row.
    private static void compareInput(
            double[] x, int count, int side, TensorBundle stored, Bound bound, GoldenComparison comparison) {
        int planes = count * 3;
        int area = side * side;
        double[] mean = new double[planes];
        double[] deviation = new double[planes];
        int corner = (int) stored.get("f64.input_corner_4x4").shape()[3];
        double[] corners = new double[planes * corner * corner];
        double[] rows = new double[planes * side];
        for (int p = 0; p < planes; p++) {
            for (int i = 0; i < area; i++) {
                mean[p] += x[p * area + i] / area;
            }
            for (int i = 0; i < area; i++) {
                deviation[p] += Math.pow(x[p * area + i] - mean[p], 2) / area;
            }
            deviation[p] = Math.sqrt(deviation[p]);
            for (int i = 0; i < corner; i++) {
                System.arraycopy(x, p * area + i * side, corners, (p * corner + i) * corner, corner);
            }
            System.arraycopy(x, p * area + 100 * side, rows, p * side, side);
        }
        comparison.near("input_mean_per_channel", mean, doubles(stored, "input_mean_per_channel"), bound.of("input"));
        comparison.near(
                "input_std_per_channel", deviation, doubles(stored, "input_std_per_channel"), bound.of("input"));
        comparison.near("input_corner_4x4", corners, doubles(stored, "input_corner_4x4"), bound.of("input"));
        comparison.near("input_row_100", rows, doubles(stored, "input_row_100"), bound.of("input"));
    }

    private static Backbone backbone(TensorBundle weights, int heads, int side, NumericMode mode) {
        return TinyNetworks.load(TestPrograms.RUNTIME, weights, heads, side, master(mode));
    }

    private static ElementType master(NumericMode mode) {
        return mode.equals(NumericMode.FP64) ? ElementType.FLOAT64 : ElementType.FLOAT32;
    }

    /// With the head that lies beside the weights.
    private static Network network(Backbone backbone, TensorBundle weights, int side, NumericMode mode) {
        double[] bias = weights.get("head.bias").doubles();
        PixelRecipe pixels = new PixelRecipe(false, 1, 1, false, false, 0, 0, side, false, HALF, HALF);
        Network network = new Network(
                TestPrograms.RUNTIME, backbone, TinyNetworks.adapters(1), bias.length, false, mode, pixels, 0);
        network.heads().set(0, weights.get("head.weight").doubles(), bias);
        return network;
    }

    /// From [n, y, x, 3].
    private static ImagePixels pixels(Network network, HostTensor images) {
        int count = (int) images.shape()[0];
        int height = (int) images.shape()[1];
        int width = (int) images.shape()[2];
        byte[] bytes = images.bytes();
        byte[] planes = new byte[bytes.length];
        int area = height * width;
        for (int i = 0; i < count * area; i++) {
            for (int channel = 0; channel < 3; channel++) {
                planes[(i / area * 3 + channel) * area + i % area] = bytes[3 * i + channel];
            }
        }
        return HeapPictures.uniform(network, planes, count, height, width);
    }

    private static List<Tensor> probe(
            TensorScope scope, String entry, Network network, ImagePixels pixels, Weights weights, Object... more) {
        Map<String, Long> ints = new LinkedHashMap<>();
        Map<String, Double> floats = new LinkedHashMap<>();
        network.numbers(ints, floats);
        try (IntMap c = IntMap.of(ints);
                FloatMap f = FloatMap.of(floats)) {
            List<Object> arguments =
                    new ArrayList<>(List.of(pixels.tensors().getFirst(), weights.stacks(), network.frozen(), c, f));
            arguments.addAll(List.of(more));
            return TestPrograms.PROGRAM.callAll(scope, entry, arguments.toArray());
        }
    }

    private static double bound(NumericMode mode, Tolerances tolerances, String quantity) {
        return mode.equals(NumericMode.FP64) ? EXACT : tolerances.get(quantity);
    }

    private static long[] highest(double[] logits, int count) {
        long[] result = new long[count];
        int outputs = logits.length / count;
        for (int i = 0; i < count; i++) {
            for (int c = 1; c < outputs; c++) {
                result[i] = logits[i * outputs + c] > logits[i * outputs + (int) result[i]] ? c : result[i];
            }
        }
        return result;
    }

    private static double[] doubles(TensorBundle stored, String name) {
        return stored.get("f64." + name).doubles();
    }

    private static long[] integers(JsonNode array) {
        return array.valueStream().mapToLong(JsonNode::longValue).toArray();
    }

    private static TensorBundle read(Path file) {
        return Tensors.read(file);
    }
}
