package dev.palimpsest.methods;

import static dev.palimpsest.methods.QuirkNumbers.matcher;
import static dev.palimpsest.methods.QuirkNumbers.nested;
import static dev.palimpsest.methods.QuirkNumbers.norm;

import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.torch.FloatMap;
import dev.palimpsest.torch.IntMap;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorMap;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.stream.DoubleStream;
import tools.jackson.databind.JsonNode;

/// Rows that are a tensor program on numbers of the table itself.
final class ProgramQuirks {

    private final JsonNode quirks;
    private final QuirkNumbers numbers;

    ProgramQuirks(JsonNode quirks, QuirkNumbers numbers) {
        this.quirks = quirks;
        this.numbers = numbers;
    }

    void compare() {
        if (quirks.has("3")) {
            orthogonality(quirks.get("3"));
        }
        if (quirks.has("5")) {
            importance(quirks.get("5"));
        }
    }

    /// Row 3: the plain norm and its gradient.
    private void orthogonality(JsonNode quirk) {
        Matcher diagonal =
                matcher("diag\\(([0-9.]+), ([0-9.]+)\\)", quirk.get("case").stringValue());
        double[] rows = {Double.parseDouble(diagonal.group(1)), 0, 0, Double.parseDouble(diagonal.group(2))};
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            Tensor down = scope.doubles(rows, 1, 1, 2, 2);
            Tensor gradient = scope.doubles(new double[4], 1, 1, 2, 2);
            Tensor none = scope.doubles(new double[0], 0);
            double term = TestPrograms.PROGRAM
                    .call(
                            scope,
                            "orthogonality",
                            down,
                            none,
                            scope.doubles(new double[1], 1, 1, 1),
                            scope.doubles(new double[] {1}, 1, 1),
                            gradient,
                            1.0)
                    .number();
            numbers.near("3.term", term, quirk.get("reference"));
            numbers.comparison()
                    .near(
                            "3.gradient",
                            gradient.doubles(),
                            nested(quirk.get("reference").get("gradient")),
                            QuirkNumbers.EXACT);
        }
        JsonNode large = quirk.path("vit_b16_rank16_all_six");
        if (!large.isMissingNode()) {
            // near orthonormal factors each of 72 matrices gives 2 * 0.5, up to the small part that was drawn
            numbers.comparison()
                    .near(
                            "3.same_norm_for_factors_1e-3_from_orthonormal",
                            nearOrthonormal(),
                            large.get("same_norm_for_factors_1e-3_from_orthonormal")
                                    .doubleValue(),
                            1e-2);
        }
    }

    /// The gradient norm of the term with weight 0.5 for 72 matrices of rank 16 that are nearly orthonormal.
    private static double nearOrthonormal() {
        int sites = 72;
        int rank = 16;
        int width = 64;
        double[] rows = new double[sites * rank * width];
        Random random = new Random(1);
        for (int i = 0; i < rows.length; i++) {
            int row = i / width % rank;
            rows[i] = (i % width == row ? 1 : 0) + 1e-3 * random.nextGaussian();
        }
        double[] ones = DoubleStream.generate(() -> 1).limit(sites).toArray();
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            Tensor gradient = scope.doubles(new double[rows.length], sites, 1, rank, width);
            TestPrograms.PROGRAM.call(
                    scope,
                    "orthogonality",
                    scope.doubles(rows, sites, 1, rank, width),
                    scope.doubles(new double[0], 0),
                    scope.doubles(new double[sites], sites, 1, 1),
                    scope.doubles(ones, sites, 1),
                    gradient,
                    0.5);
            return norm(gradient.doubles());
        }
    }

    /// Row 5: the mean over a matrix first, then both averages.
    private void importance(JsonNode quirk) {
        double[] weight = nested(quirk.get("weight"));
        List<Double> found = new ArrayList<>();
        double[] averages = {0, 0};
        for (JsonNode gradient : quirk.get("gradients")) {
            double value = meanProduct(weight, nested(gradient));
            averages = smoothed(averages, value);
            found.addAll(List.of(value, averages[0], averages[1]));
        }
        numbers.comparison()
                .near(
                        "5.value_sensitivity_uncertainty_after_each_step",
                        found.stream().mapToDouble(v -> v).toArray(),
                        nested(quirk.get("reference").get("value_sensitivity_uncertainty_after_each_step")),
                        QuirkNumbers.SINGLE);
        numbers.comparison()
                .near(
                        "5.score",
                        averages[0] * averages[1],
                        quirk.get("reference").get("score").doubleValue(),
                        QuirkNumbers.SINGLE);
        double[] second = {0, 0};
        for (JsonNode value : quirk.get("second_case").get("values")) {
            second = smoothed(second, value.doubleValue());
        }
        numbers.comparison()
                .near(
                        "5.second_case",
                        new double[] {second[0], second[1], second[0] * second[1]},
                        nested(quirk.get("second_case").get("sensitivity_uncertainty_score")),
                        QuirkNumbers.SINGLE);
    }

    /// Mean of |W G| of one 2 x 2 matrix, as a step forms it.
    private static double meanProduct(double[] weight, double[] gradient) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME);
                IntMap c = IntMap.of(Map.of("dense", 1L, "importance", 1L))) {
            Tensor none = scope.doubles(new double[0], 0);
            Tensor one = scope.doubles(new double[] {1, 1}, 1, 1, 1, 2);
            Tensor up = scope.doubles(new double[] {1, 1}, 1, 1, 2, 1);
            Map<String, List<Tensor>> lists = new LinkedHashMap<>();
            for (String key : List.of("down", "g_down")) {
                lists.put(key, List.of(scope.doubles(one.doubles(), 1, 1, 1, 2), none, none, none));
            }
            for (String key : List.of("up", "g_up")) {
                lists.put(key, List.of(scope.doubles(up.doubles(), 1, 1, 2, 1), none, none, none));
            }
            lists.put("gate", List.of(scope.doubles(new double[] {1}, 1, 1, 1, 1), none, none, none));
            for (String key : List.of("past_down", "past_up", "past_gate", "omega", "g_omega")) {
                lists.put(key, List.of(none, none, none, none));
            }
            try (TensorMap s = TensorMap.of(lists)) {
                List<Tensor> stacks = List.of(scope.doubles(weight, 1, 2, 2), none, none, none);
                List<Tensor> dense = List.of(scope.doubles(gradient, 1, 2, 2), none, none, none);
                return TestPrograms.PROGRAM
                        .callAll(scope, "probe_importance", stacks, dense, s, c)
                        .getFirst()
                        .number();
            }
        }
    }

    /// Sensitivity and uncertainty after a further value, with the published decays.
    private static double[] smoothed(double[] before, double value) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME);
                FloatMap f = FloatMap.of(Map.of("sensitivity_decay", 0.85, "uncertainty_decay", 0.85))) {
            Tensor sensitivity = scope.doubles(new double[] {before[0]}, 1);
            Tensor uncertainty = scope.doubles(new double[] {before[1]}, 1);
            try (TensorMap s =
                    TensorMap.of(Map.of("sensitivity", List.of(sensitivity), "uncertainty", List.of(uncertainty)))) {
                List<Tensor> values = List.of(scope.doubles(new double[] {value}, 1));
                TestPrograms.PROGRAM.run("smooth", s, f, values, scope.doubles(new double[] {0}));
            }
            return new double[] {sensitivity.number(), uncertainty.number()};
        }
    }
}
