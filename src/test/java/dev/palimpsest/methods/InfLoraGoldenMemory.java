package dev.palimpsest.methods;

import dev.palimpsest.memory.SubspaceMemory;
import dev.palimpsest.memory.SubspaceMemory.Mode;
import dev.palimpsest.memory.SubspaceMemory.Rules;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.support.GoldenCases.GoldenCase;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.support.Tolerances;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// The memory alone on stored moments, and the formulas beside it, in float64.
final class InfLoraGoldenMemory {

    private static final Pattern COUNT = Pattern.compile("1\\.\\.(\\d+)");

    private final GoldenCase golden;
    private final JsonNode json;
    private final TensorBundle tensors = new TensorBundle();
    private final GoldenComparison comparison = new GoldenComparison();
    private final double tolerance;

    InfLoraGoldenMemory(GoldenCase golden) {
        this.golden = golden;
        this.json = golden.json();
        this.tolerance = Tolerances.of(golden).get("float64");
        golden.tensors().forEach(file -> tensors.putAll("", Tensors.read(file)));
    }

    TensorBundle stored() {
        return tensors;
    }

    GoldenComparison compare() {
        comparison.run(golden.name());
        for (JsonNode sequence : json.get("sequences")) {
            sequence(sequence);
        }
        if (json.has("first_task_above_half")) {
            aboveHalf(json.get("first_task_above_half"));
        }
        if (json.has("energy_rule")) {
            energyRule(json.get("energy_rule"));
        }
        if (tensors.has("collector.tokens")) {
            collector();
        }
        if (json.has("logit_norm")) {
            scores(json.get("logit_norm"));
        }
        return comparison;
    }

    private static Rules rules(String kind) {
        return switch (kind) {
            case "dual" -> new Rules(true, true, false);
            case "gpm" -> new Rules(false, true, false);
            case "paper" -> new Rules(true, false, true);
            default -> throw new IllegalArgumentException("no rules are known of " + kind);
        };
    }

    private void sequence(JsonNode sequence) {
        String name = sequence.get("name").stringValue();
        String kind = sequence.get("kind").stringValue();
        int width = json.get("d").intValue();
        int rank = json.get("rank").intValue();
        Rules rules = rules(kind);
        JsonNode steps = sequence.get("steps");
        try (SubspaceMemory memory = new SubspaceMemory(TestPrograms.RUNTIME, rules, width)) {
            for (JsonNode step : steps) {
                int t = step.get("task").intValue();
                String key = "%s.%s.task%d.".formatted(name, kind, t);
                HostTensor pre = tensors.get("%s.task%d.cov_pre".formatted(name, t));
                HostTensor post = tensors.get("%s.task%d.cov_post".formatted(name, t));
                double threshold = sequence.get("lamb").doubleValue()
                        + (json.get("lame").doubleValue() - sequence.get("lamb").doubleValue()) * t / steps.size();
                comparison.near(
                        key + "threshold", threshold, step.get("threshold").doubleValue(), 1e-15);
                comparison.near(
                        key + "free_directions",
                        memory.free(),
                        step.get("free_directions").intValue(),
                        0);
                comparison.near(
                        key + "mode_before",
                        memory.mode().number(),
                        mode(step.get("mode_before")).number(),
                        0);
                design(memory, pre, rank, key, step);
                spectrum(memory, pre, key, rules);
                int before = memory.free();
                try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
                    memory.learn(post.in(scope), threshold);
                }
                comparison.near(
                        key + "directions_found",
                        (double) before - memory.free(),
                        step.get("directions_found").intValue(),
                        0);
                after(memory, key, step);
            }
        }
    }

    private static Mode mode(JsonNode stored) {
        return Mode.valueOf(stored.stringValue().toUpperCase(Locale.ROOT));
    }

    private void after(SubspaceMemory memory, String key, JsonNode step) {
        comparison.near(
                key + "mode_after",
                memory.mode().number(),
                mode(step.get("mode_after")).number(),
                0);
        comparison.near(
                key + "bases_after", memory.bases(), step.get("bases_after").intValue(), 0);
        near(key + "memory_projector", InfLoraGolden.span(memory.basis().host()));
    }

    private void design(SubspaceMemory memory, HostTensor pre, int rank, String key, JsonNode step) {
        double[] rows = rows(memory, pre, rank);
        int width = (int) pre.shape()[0];
        comparison.near(
                key + "rows_of_A_defined",
                (double) rows.length / width,
                step.get("rows_of_A_defined").intValue(),
                0);
        near(key + "A_projector", InfLoraGolden.rowSpace(rows, width));
    }

    /// Rows of A that are not zero.
    private static double[] rows(SubspaceMemory memory, HostTensor moment, int rank) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            SubspaceMemory.Design design = memory.design(scope, moment.in(scope), rank);
            int width = (int) moment.shape()[0];
            return Arrays.copyOf(design.rows().doubles(), design.count() * width);
        }
    }

    /// Of the free directions u: the length of u^T C, or u^T C u.
    private void spectrum(SubspaceMemory memory, HostTensor pre, String key, Rules rules) {
        String name = key + (rules.twoSided() ? "design_eigenvalues" : "design_singular_values");
        int width = (int) pre.shape()[0];
        double[] rows = rows(memory, pre, Math.max(1, memory.free()));
        double[] images = InfLoraGolden.product(rows, pre.doubles(), width);
        double[] values = new double[width];
        for (int r = 0; r < rows.length / width; r++) {
            double along = 0;
            double squares = 0;
            for (int i = r * width; i < (r + 1) * width; i++) {
                along += images[i] * rows[i];
                squares += images[i] * images[i];
            }
            values[r] = rules.twoSided() ? 3 * along : Math.sqrt(3 * squares);
        }
        near(name, values);
    }

    private void aboveHalf(JsonNode first) {
        String name = first.get("tensor").stringValue();
        HostTensor post = tensors.get(name + ".cov_post");
        int width = (int) post.shape()[0];
        try (SubspaceMemory memory = new SubspaceMemory(TestPrograms.RUNTIME, rules("dual"), width);
                TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            memory.learn(post.in(scope), first.get("threshold").doubleValue());
            comparison.near(
                    name + ".directions_found",
                    (double) width - memory.free(),
                    first.get("directions_found").intValue(),
                    0);
            after(memory, name + ".", first.get("corrected"));
        }
    }

    private void energyRule(JsonNode rule) {
        Matcher count = COUNT.matcher(rule.get("eigenvalues").stringValue());
        if (!count.find()) {
            throw new IllegalArgumentException("no number of eigenvalues in " + rule.get("eigenvalues"));
        }
        int width = Integer.parseInt(count.group(1));
        double[] moment = new double[width * width];
        IntStream.range(0, width).forEach(i -> moment[i * width + i] = 1.0 / (i + 1));
        for (boolean squared : new boolean[] {true, false}) {
            String kept = squared ? "lambda_squared" : "lambda";
            try (SubspaceMemory memory =
                            new SubspaceMemory(TestPrograms.RUNTIME, new Rules(false, squared, true), width);
                    TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
                memory.learn(
                        scope.doubles(moment, width, width),
                        rule.get("threshold").doubleValue());
                comparison.near(
                        "energy_rule." + kept, memory.bases(), rule.get(kept).intValue(), 0);
            }
        }
    }

    /// The mean of x x^T over all tokens of all batches.
    private void collector() {
        HostTensor tokens = tensors.get("collector.tokens");
        int width = (int) tokens.shape()[3];
        double[] rows = tokens.doubles();
        double[] sums = InfLoraGolden.product(InfLoraGolden.transposed(rows, width), rows, rows.length / width);
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            Tensor mean = TestPrograms.PROGRAM.call(
                    scope, "second_moment", scope.doubles(sums, 1, width, width), 0L, (long) rows.length / width);
            near("collector.second_moment", mean.doubles());
        }
    }

    private void scores(JsonNode stored) {
        HostTensor logits = tensors.get("logit_norm.logits");
        int count = (int) logits.shape()[0];
        int classes = (int) logits.shape()[1];
        long[] heads = new long[stored.get("tasks").intValue()];
        Arrays.fill(heads, stored.get("classes_per_task").intValue());
        double tau = stored.get("tau").doubleValue();
        long[] targets = tensors.get("logit_norm.targets").longs();
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            Tensor raw = logits.in(scope);
            Tensor scaled = TestPrograms.PROGRAM.call(scope, "scaled_logits", raw, heads, tau);
            near("logit_norm.scaled", scaled.doubles());
            double[] scores = scaled.doubles();
            double[] gradient = new double[scores.length];
            double loss = 0;
            for (int i = 0; i < count; i++) {
                double[] own = Arrays.copyOfRange(scores, i * classes, (i + 1) * classes);
                double sum = DoubleStream.of(own).map(Math::exp).sum();
                loss += (Math.log(sum) - own[(int) targets[i]]) / count;
                for (int c = 0; c < classes; c++) {
                    gradient[i * classes + c] = (Math.exp(own[c]) / sum - (targets[i] == c ? 1 : 0)) / count;
                }
            }
            comparison.near("logit_norm.loss", loss, stored.get("loss").doubleValue(), tolerance);
            Tensor back = TestPrograms.PROGRAM.call(
                    scope, "scaled_logits_back", scope.doubles(gradient, count, classes), raw, heads, tau);
            near("logit_norm.gradient", back.doubles());
        }
    }

    private void near(String name, double[] found) {
        comparison.near(name, found, tensors.get(name).doubles(), tolerance);
    }
}
