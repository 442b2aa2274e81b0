package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.data.InputProfile;
import dev.palimpsest.support.GoldenCases;
import dev.palimpsest.support.GoldenCases.GoldenCase;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.FloatMap;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.IntMap;
import dev.palimpsest.torch.Program;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/// Pixels against the libraries of the published pipelines (`golden/transforms/README.md`).
///
/// Files and their decoding are compared where decoding is; the resize of a float tensor by another library
/// (`torchvision v2`) is offered by nobody here and is left out.
///
/// Longer than 350 lines: a case is one pipeline from its first draw to its last pixel, and is read as one.
@Tag("engine")
class PixelsGoldenIT {

    private static final List<String> FILTERS = List.of("bilinear", "bicubic", "box", "lanczos");

    /// After an exact resize only the division is left, in float32.
    private static final double SCALED = 1e-6;

    /// Side of the centre that is looked at.
    private static final int CENTRE = 8;

    private static final Pattern BRIGHTNESS = Pattern.compile("brightness ([0-9.]+)");

    private static final Pattern SIDE = Pattern.compile("to (\\d+)");

    /// A case is computed once for both of its tests.
    private static final Map<String, GoldenComparison> DONE = new HashMap<>();

    private static final Program PROGRAM = TestPrograms.PROGRAM;

    @TestFactory
    Stream<DynamicTest> pixelsAreThoseOfThePublishedPipelines() {
        return GoldenCases.tests(
                "transforms", "transforms", golden -> compared(golden).assertNear());
    }

    @TestFactory
    Stream<DynamicTest> everyPictureIsCompared() {
        return GoldenCases.tests("transforms", "transforms", golden -> {
            Set<String> left = new TreeSet<>(tensors(golden).names());
            left.removeIf(name -> name.startsWith("file.") || name.contains(".torchvision_v2_float"));
            left.removeIf(name -> golden.json().get("images").has(name.replace(".rgb", "")));

            assertThat(compared(golden).names()).containsAll(left);
        });
    }

    @TestFactory
    Stream<DynamicTest> aChangedPixelIsSeen() {
        return GoldenCases.tests(
                "transforms", "transforms", golden -> compared(golden).assertEveryChangeIsSeen());
    }

    /// The sizes are not handed out, so noise resized to the stored size has to give the same centre, and to
    /// one pixel more another.
    @TestFactory
    Stream<DynamicTest> theLongerSideFollowsTheShorterOne() {
        return GoldenCases.tests("transforms", "transforms", golden -> {
            for (JsonNode rule : golden.json().get("shorter_side")) {
                long[] size = integers(rule, "height", "width");
                long[] stored = {
                    rule.get("resized_width_height").get(1).longValue(),
                    rule.get("resized_width_height").get(0).longValue()
                };
                byte[] noise = new byte[(int) (3 * size[0] * size[1])];
                new Random(1).nextBytes(noise);
                byte[] centre = centre(noise, size, rule.get("shorter").longValue());

                assertThat(resized(noise, size, stored)).as("%s", rule).isEqualTo(centre);
                int longer = stored[0] > stored[1] ? 0 : 1;
                stored[longer] += 1 + stored[longer] / 33;
                assertThat(resized(noise, size, stored))
                        .as("another size than %s", rule)
                        .isNotEqualTo(centre);
            }
        });
    }

    private static byte[] centre(byte[] image, long[] size, long shorter) {
        Map<String, Long> ints = new LinkedHashMap<>();
        ints.put("side", (long) CENTRE);
        ints.put("evaluate", 2L);
        ints.put("evaluate_size", shorter);
        ints.put("evaluate_filter", 1L);
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME);
                IntMap c = IntMap.of(ints)) {
            List<Tensor> store = List.of(scope.bytes(image, 1, 3, size[0], size[1]));
            return PROGRAM.call(scope, "evaluate_bytes", store, scope.longs(new long[] {0}, 1), c)
                    .bytes();
        }
    }

    private static byte[] resized(byte[] image, long[] size, long[] to) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            Tensor whole = PROGRAM.call(
                    scope,
                    "resize",
                    scope.bytes(image, 1, 3, size[0], size[1]),
                    scope.longs(new long[] {0, 0, size[0], size[1]}, 1, 4),
                    to[0],
                    to[1],
                    1,
                    1);
            for (int axis = 0; axis < 2; axis++) {
                double offset = PROGRAM.call(scope, "probe_half_even", to[axis] - CENTRE)
                        .number();
                whole = PROGRAM.call(scope, "narrow", whole, 2 + axis, (long) offset, CENTRE);
            }
            return whole.bytes();
        }
    }

    private static GoldenComparison compared(GoldenCase golden) {
        return DONE.computeIfAbsent(golden.name(), _ -> {
            TensorBundle tensors = tensors(golden);
            GoldenComparison comparison = new GoldenComparison();
            for (JsonNode one : golden.json().get("cases")) {
                try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
                    new Case(scope, tensors, one, comparison).compare();
                }
            }
            compareRules(golden.json(), comparison);
            return comparison;
        });
    }

    private static TensorBundle tensors(GoldenCase golden) {
        try (Safetensors file = Safetensors.open(golden.tensors().getFirst())) {
            TensorBundle bundle = new TensorBundle();
            // 16-bit values of some files are of no type that a program reads
            file.names().stream()
                    .filter(name -> !file.dtype(name).equals("I32"))
                    .forEach(name -> bundle.put(name, Tensors.copy(file.read(name))));
            return bundle;
        }
    }

    /// One picture from one source.
    private record Case(TensorScope scope, TensorBundle tensors, JsonNode json, GoldenComparison comparison) {

        void compare() {
            String operation = json.get("operation").stringValue();
            String name = json.get("tensor").stringValue();
            if (operation.startsWith("torchvision v2")) {
                return;
            }
            if (operation.startsWith("Pillow resize") || operation.startsWith("torchvision resized_crop")) {
                resize(name);
            } else if (operation.contains("shorter side")) {
                centre(name);
            } else if (operation.contains("normalise") && json.has("box")) {
                pipeline(name, operation);
            } else if (operation.contains("minus mean")) {
                scaled(name);
            } else if (operation.contains("flip")) {
                same(name, PROGRAM.call(scope, "flip", source()));
            } else if (operation.contains("brightness")) {
                same(name, brightened(source(), json.get("factor").doubleValue()));
            } else {
                throw new IllegalStateException("nothing computes '%s' of %s".formatted(operation, name));
            }
        }

        /// [1, 3, y, x].
        private Tensor source() {
            HostTensor image = tensors.get(json.get("source").stringValue() + ".rgb");
            return scope.bytes(planes(image), 1, 3, image.shape()[0], image.shape()[1]);
        }

        private int filter() {
            return FILTERS.indexOf(json.get("filter").stringValue());
        }

        private void resize(String name) {
            Tensor image = source();
            boolean crop = json.has("side");
            long[] box = crop
                    ? new long[] {number("top"), number("left"), number("height"), number("width")}
                    : new long[] {0, 0, image.shape()[2], image.shape()[3]};
            int height = number(crop ? "side" : "height");
            int width = number(crop ? "side" : "width");
            Tensor boxes = scope.longs(box, 1, 4);
            comparison.run("exact");
            same(name, PROGRAM.call(scope, "resize", image, boxes, height, width, filter(), 1));
            comparison.run("training's form, at most one level");
            Tensor quick = PROGRAM.call(scope, "resize", image, boxes, height, width, filter(), 0);
            comparison.near(name, levels(quick), stored(name), 1);
        }

        /// The shorter side to the size of the resized picture, then the centre; alone and in a store of
        /// mixed sizes.
        private void centre(String name) {
            Tensor image = source();
            long shorter = Math.min(
                    json.get("resized_width_height").get(0).longValue(),
                    json.get("resized_width_height").get(1).longValue());
            Map<String, Long> ints = new LinkedHashMap<>();
            ints.put("side", (long) number("crop"));
            ints.put("evaluate", 2L);
            ints.put("evaluate_size", shorter);
            ints.put("evaluate_filter", (long) filter());
            byte[] flat = image.bytes();
            byte[] behind = new byte[flat.length + 3];
            System.arraycopy(flat, 0, behind, 3, flat.length);
            long[] table = {0, 1, 1, 3, image.shape()[2], image.shape()[3]};
            try (IntMap c = IntMap.of(ints)) {
                comparison.run("one size");
                same(name, PROGRAM.call(scope, "evaluate_bytes", List.of(image), scope.longs(new long[] {0}, 1), c));
                comparison.run("mixed sizes");
                List<Tensor> store = List.of(scope.bytes(behind, behind.length), scope.longs(table, 2, 3));
                same(name, PROGRAM.call(scope, "evaluate_bytes", store, scope.longs(new long[] {1}, 1), c));
            }
        }

        private void scaled(String name) {
            near(name, source(), numbers("mean"), numbers("std"));
        }

        /// Crop and bicubic resize, flip, brightness, then mean and deviation.
        private void pipeline(String name, String operation) {
            long[] box =
                    json.get("box").valueStream().mapToLong(JsonNode::longValue).toArray();
            int side = Integer.parseInt(found(SIDE, operation));
            int filter = operation.contains("bicubic") ? 1 : 0;
            Tensor image = PROGRAM.call(scope, "resize", source(), scope.longs(box, 1, 4), side, side, filter, 1);
            if (operation.contains("flip")) {
                image = PROGRAM.call(scope, "flip", image);
            }
            image = brightened(image, Double.parseDouble(found(BRIGHTNESS, operation)));
            InputNumbers numbers = InputNumbers.cifar();
            near(name, image, numbers.mean(), numbers.std());
        }

        private Tensor brightened(Tensor image, double factor) {
            return PROGRAM.call(scope, "brightness", image, scope.doubles(new double[] {factor}, 1));
        }

        private void near(String name, Tensor image, double[] mean, double[] std) {
            Map<String, Double> floats = new LinkedHashMap<>();
            for (int channel = 0; channel < 3; channel++) {
                floats.put("mean" + channel, mean[channel]);
                floats.put("std" + channel, std[channel]);
            }
            try (FloatMap f = FloatMap.of(floats)) {
                Tensor like = scope.floats(new float[] {0}, 1);
                double[] values = PROGRAM.call(scope, "scaled", image, f, like).doubles();
                comparison.run("float32");
                comparison.near(name, values, tensors.get(name).doubles(), SCALED);
            }
        }

        private void same(String name, Tensor found) {
            comparison.near(name, levels(found), stored(name), 0);
        }

        private double[] stored(String name) {
            return levels(planes(tensors.get(name)));
        }

        private int number(String field) {
            return json.get(field).intValue();
        }

        private double[] numbers(String field) {
            return json.get(field)
                    .valueStream()
                    .mapToDouble(JsonNode::doubleValue)
                    .toArray();
        }
    }

    /// Mean and deviation of the published CIFAR pipeline, from the input profile that carries them.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record InputNumbers(double[] mean, double[] std) {
        static InputNumbers cifar() {
            InputProfile profile =
                    InputProfile.named("lorac_ipc_cifar", 224, new double[3], new double[] {1, 1, 1}, 1, true);
            return new InputNumbers(profile.mean(), profile.std());
        }
    }

    /// Sizes of crops for given draws, boxes where none fits, offsets and sides of the centre crop.
    private static void compareRules(JsonNode json, GoldenComparison comparison) {
        comparison.run("rules");
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            int i = 0;
            for (JsonNode rule : json.get("random_resized_crop").get("size_rule")) {
                long[] size = PROGRAM.call(
                                scope,
                                "crop_size",
                                scope.longs(integers(rule, "height", "width"), 1, 2),
                                scope.doubles(new double[] {rule.get("scale").doubleValue()}, 1, 1),
                                scope.doubles(new double[] {rule.get("ratio").doubleValue()}, 1, 1))
                        .longs();
                comparison.same("size_rule[%d]".formatted(i), size, integers(rule, "crop_height", "crop_width"));
                boolean fits = size[0] > 0
                        && size[0] <= rule.get("height").longValue()
                        && size[1] > 0
                        && size[1] <= rule.get("width").longValue();
                assertThat(fits)
                        .as("size_rule[%d].fits", i)
                        .isEqualTo(rule.get("fits").booleanValue());
                i++;
            }
            i = 0;
            for (JsonNode rule : json.get("random_resized_crop").get("fallback")) {
                long[] box = PROGRAM.call(scope, "fallback_box", scope.longs(integers(rule, "height", "width"), 1, 2))
                        .longs();
                comparison.same(
                        "fallback[%d]".formatted(i++), box, integers(rule, "top", "left", "crop_height", "crop_width"));
            }
            i = 0;
            for (JsonNode rule : json.get("centre_crop_offsets")) {
                int difference = rule.get("size").intValue() - rule.get("crop").intValue();
                double offset =
                        PROGRAM.call(scope, "probe_half_even", difference).number();
                comparison.near(
                        "centre_crop_offsets[%d]".formatted(i++),
                        offset,
                        rule.get("offset").intValue(),
                        0);
            }
        }
    }

    private static long[] integers(JsonNode node, String... fields) {
        return Stream.of(fields).mapToLong(field -> node.get(field).longValue()).toArray();
    }

    private static String found(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IllegalStateException("no %s in '%s'".formatted(pattern, text));
        }
        return matcher.group(1);
    }

    private static double[] levels(Tensor image) {
        return levels(image.bytes());
    }

    private static double[] levels(byte[] bytes) {
        double[] result = new double[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            result[i] = bytes[i] & 0xFF;
        }
        return result;
    }

    /// From [y, x, 3] to [3, y, x].
    private static byte[] planes(HostTensor image) {
        byte[] bytes = image.bytes();
        byte[] result = new byte[bytes.length];
        int area = bytes.length / 3;
        for (int i = 0; i < area; i++) {
            for (int channel = 0; channel < 3; channel++) {
                result[channel * area + i] = bytes[3 * i + channel];
            }
        }
        return result;
    }
}
