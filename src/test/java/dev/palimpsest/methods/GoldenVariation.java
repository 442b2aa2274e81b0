package dev.palimpsest.methods;

import dev.palimpsest.support.GoldenCases;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.TensorBundle;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The same numbers in files of other sizes: room for further tasks that were never trained, in the bank as in the
/// head, or a run that ended before its last task.
///
/// What the published program would have stored for them is known without it: adapters, masks and coefficients of tasks
/// that never came keep their first values, and a class that has a score so low never weighs in a sum.
final class GoldenVariation {

    /// exp of it is nothing beside any other score.
    private static final double NEVER = -100;

    private final int configured;
    private final int trained;
    private final int classesBefore;
    private final int classes;

    /// @param configured tasks that the files have room for
    /// @param trained tasks that were learned
    GoldenVariation(int configured, int trained, int tasksBefore, int classesPerTask) {
        this.configured = configured;
        this.trained = trained;
        this.classesBefore = tasksBefore * classesPerTask;
        this.classes = configured * classesPerTask;
    }

    /// Rewrites files of a folder into another.
    void write(Path from, Path to, String... prefixes) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.sorted().toList()) {
                String name = String.valueOf(file.getFileName());
                if (name.equals("tolerances.json") || name.startsWith("vit-")) {
                    Files.copy(file, to.resolve(name));
                } else if (Arrays.stream(prefixes).anyMatch(name::startsWith)) {
                    rewrite(file, to.resolve(name));
                }
            }
        }
    }

    private void rewrite(Path from, Path to) throws IOException {
        if (from.toString().endsWith(".json")) {
            Files.writeString(to, json(GoldenCases.read(from)).toString());
            return;
        }
        TensorBundle stored = GoldenSetup.read(from);
        TensorBundle changed = new TensorBundle();
        for (String name : stored.names()) {
            if (!ofLaterTask(name)) {
                changed.put(name, tensor(name, stored.get(name)));
            }
        }
        try (OutputStream out = Files.newOutputStream(to)) {
            Safetensors.write(out, changed, Map.of());
        }
    }

    private boolean ofLaterTask(String name) {
        return name.matches("(.*\\.)?task\\d+\\..*")
                && Integer.parseInt(name.replaceFirst(".*?task(\\d+)\\..*", "$1")) >= trained
                && !name.contains("centroid")
                && !name.contains("variance");
    }

    private HostTensor tensor(String name, HostTensor values) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "batches" -> cut(values);
            case "A", "B" -> name.startsWith("init.") ? pool(values, 0) : values;
            case "omega", "mask" -> pool(values, name.contains("grad") ? 0 : 1);
            case "score" -> pool(values, 0);
            case "omega_bank" -> bank(values);
            case "logits", "logits_masked" ->
                wider(values, name.startsWith("tii.") ? NEVER : 0, values.shape().length - 1);
            case "bias" ->
                name.contains("head")
                        ? wider(values, name.contains("grad") ? 0 : NEVER, values.shape().length - 1)
                        : values;
            case "weight" -> name.contains("head") ? wider(values, 0, values.shape().length - 2) : values;
            default -> values;
        };
    }

    private HostTensor cut(HostTensor batches) {
        long[] shape = batches.shape().clone();
        int each = batches.longs().length / (int) shape[0];
        shape[0] = trained;
        return HostTensor.ofLongs(Arrays.copyOf(batches.longs(), trained * each), shape);
    }

    private HostTensor pool(HostTensor values, double further) {
        return extended(values, 0, configured, further);
    }

    /// A learned snapshot holds 1 for adapters that came later; rows of tasks that never came stay 0.
    private HostTensor bank(HostTensor values) {
        double[] learned = values.doubles();
        HostTensor wide = extended(values, 1, configured, 1);
        int each = wide.doubles().length / (int) values.shape()[0];
        double[] result = wide.doubles();
        for (int row = 0; row < values.shape()[0]; row++) {
            if (learned[row * learned.length / (int) values.shape()[0]] == 0) {
                Arrays.fill(result, row * each, (row + 1) * each, 0);
            }
        }
        return extended(of(values, result, wide.shape()), 0, configured, 0);
    }

    private HostTensor wider(HostTensor values, double further, int axis) {
        return values.shape()[axis] == classesBefore ? extended(values, axis, classes, further) : values;
    }

    private static HostTensor extended(HostTensor values, int axis, int size, double further) {
        long[] shape = values.shape().clone();
        int inner = (int) Arrays.stream(shape).skip(axis + 1L).reduce(1, (a, b) -> a * b);
        int before = (int) shape[axis] * inner;
        double[] old = values.doubles();
        int outer = old.length / before;
        shape[axis] = size;
        double[] result = new double[outer * size * inner];
        Arrays.fill(result, further);
        for (int i = 0; i < outer; i++) {
            System.arraycopy(old, i * before, result, i * size * inner, before);
        }
        return of(values, result, shape);
    }

    private static HostTensor of(HostTensor like, double[] values, long[] shape) {
        if (like.type() == ElementType.FLOAT64) {
            return HostTensor.ofDoubles(values, shape);
        }
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return HostTensor.ofFloats(floats, shape);
    }

    private JsonNode json(JsonNode stored) {
        ObjectNode changed = (ObjectNode) stored.deepCopy();
        if (changed.get("config") instanceof ObjectNode config) {
            config.put("pool", configured).put("tasks", configured);
        }
        JsonNode padded = changed.at("/quirks/17/reference/logits_full_path");
        padded.forEach(row -> {
            for (int c = classesBefore; c < classes; c++) {
                ((ArrayNode) row).add(NEVER);
            }
        });
        for (String behaviour : new String[] {"", "/reference", "/corrected"}) {
            shorten(changed.at(behaviour + "/steps"), "task");
            shorten(changed.at(behaviour + "/tasks"), "task");
            shorten(changed.at(behaviour + "/evaluations_f64"), "model");
        }
        return changed;
    }

    private void shorten(JsonNode list, String field) {
        if (list instanceof ArrayNode array) {
            array.removeIf(one -> one.path(field).intValue(0) >= trained);
        }
    }
}
