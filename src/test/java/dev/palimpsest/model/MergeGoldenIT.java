package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.support.GoldenCases;
import dev.palimpsest.support.GoldenCases.GoldenCase;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/// Every rule against merges computed elsewhere, from the factors and masks of the file, and by hand
/// (`golden/task-arithmetic/README.md`).
///
/// Longer than 350 lines: a row for each rule of one golden file, and the readers of its names.
@Tag("engine")
class MergeGoldenIT {

    private static final String NUMBER = "(\\d+(?:\\.\\d+)?)";

    /// Of float64 and of float32 that is rounded at the end, for entries below 1/4.
    private static final double DOUBLE = 1e-15;

    private static final double SINGLE = 2e-7;

    /// One rule and what its name says after the site.
    private record Named(Pattern pattern, Rule rule) {

        Named(String pattern, Rule rule) {
            this(Pattern.compile(pattern), rule);
        }
    }

    @FunctionalInterface
    private interface Rule {
        /// What the rule gives where the name matched.
        double[] result(Site site, Matcher name);
    }

    private static final List<Named> RULES = List.of(
            new Named("sum", (site, _) -> site.merge(new MergeRule.Sum(1))),
            new Named("average", (site, _) -> site.merge(new MergeRule.Average())),
            new Named("sum_lambda_" + NUMBER, (site, name) -> site.merge(new MergeRule.Sum(number(name, 1)))),
            new Named(
                    "average_first_(\\d+)", (site, name) -> site.first(name, 1).merge(new MergeRule.Average())),
            new Named("weighted", (site, _) -> site.weighted()),
            new Named(
                    "moving_average_" + NUMBER + "_first_(\\d+)",
                    (site, name) -> site.first(name, 2).merge(new MergeRule.MovingAverage(number(name, 1)))),
            new Named("random_mix", (site, _) -> site.mixed()),
            new Named("max_abs", (site, _) -> site.merge(new MergeRule.MaxMagnitude(1))),
            new Named(
                    "max_abs_times_" + NUMBER, (site, name) -> site.merge(new MergeRule.MaxMagnitude(number(name, 1)))),
            new Named("ties_" + NUMBER, (site, name) -> site.merge(new MergeRule.Ties(number(name, 1), 1))),
            new Named(
                    "ties_" + NUMBER + "_times_" + NUMBER,
                    (site, name) -> site.merge(new MergeRule.Ties(number(name, 1), number(name, 2)))),
            new Named("dare_" + NUMBER + "_sum", (site, name) -> site.dropped(name.group(1), 1)),
            new Named("dare_" + NUMBER + "_average", (site, name) -> site.dropped(name.group(1), 1.0 / site.tasks)));

    private static double number(Matcher name, int group) {
        return Double.parseDouble(name.group(group));
    }

    /// Factors of all tasks at one site of a case, and the rules on them.
    private record Site(TensorScope scope, Storage storage, TensorBundle file, JsonNode json, String name, int tasks) {

        Site first(Matcher count, int group) {
            return new Site(scope, storage, file, json, name, Integer.parseInt(count.group(group)));
        }

        private Tensor tensor(String key) {
            HostTensor saved = file.get(name + "." + key);
            Tensor there = saved.in(scope);
            return switch (saved.type()) {
                case FLOAT32, FLOAT64, BFLOAT16 -> {
                    Tensor cast = storage.cast(there, storage.master());
                    scope.adopt(cast);
                    yield cast;
                }
                case UINT8, INT64 -> there;
            };
        }

        private SiteSources sources() {
            List<Tensor> none = new ArrayList<>();
            IntStream.range(0, tasks).forEach(_ -> none.add(scope.doubles(new double[0], 0)));
            long[] shape = {tensor("0.B").shape()[0], tensor("0.A").shape()[1]};
            double[] scales = new double[tasks];
            Arrays.fill(scales, json.get("scale").doubleValue());
            return new SiteSources(
                    shape,
                    IntStream.range(0, tasks).mapToObj(t -> tensor(t + ".A")).toList(),
                    IntStream.range(0, tasks).mapToObj(t -> tensor(t + ".B")).toList(),
                    IntStream.range(0, tasks).asLongStream().toArray(),
                    scales,
                    none);
        }

        double[] merge(MergeRule rule) {
            return sources().merge(scope, storage, rule, 0).doubles();
        }

        double[] weighted() {
            List<Double> weights = new ArrayList<>();
            json.at("/rules/coefficients/per_task").forEach(one -> weights.add(one.doubleValue()));
            return sources().linear(scope, storage, weights).doubles();
        }

        double[] mixed() {
            Tensor drawn = storage.cast(tensor("random_mix_index"), ElementType.INT64);
            scope.adopt(drawn);
            return sources()
                    .mixed(scope, storage, new MergeRule.RandomMix(1), drawn)
                    .doubles();
        }

        double[] dropped(String drop, double coefficient) {
            MergeRule.Dare rule = new MergeRule.Dare(Double.parseDouble(drop), coefficient);
            return sources()
                    .dropped(scope, storage, rule, tensor("dare_" + drop + "_mask"))
                    .doubles();
        }
    }

    @TestFactory
    Stream<DynamicTest> everyRuleGivesTheMergeOfTheFileInDouble() {
        return GoldenCases.tests(
                "task-arithmetic", "merges", golden -> everyRuleGivesItsMerge(golden, ElementType.FLOAT64, DOUBLE));
    }

    @TestFactory
    Stream<DynamicTest> everyRuleGivesTheMergeOfTheFileInSingle() {
        return GoldenCases.tests(
                "task-arithmetic", "merges", golden -> everyRuleGivesItsMerge(golden, ElementType.FLOAT32, SINGLE));
    }

    private static void everyRuleGivesItsMerge(GoldenCase golden, ElementType master, double tolerance) {
        TensorBundle file = Tensors.read(golden.tensors().getFirst());
        Storage storage = new Storage(TestPrograms.RUNTIME, "cpu", master);
        List<Named> seen = new ArrayList<>();
        for (String key : file.names()) {
            String[] parts = key.split("\\.", 2);
            Optional<Named> rule = RULES.stream()
                    .filter(one -> one.pattern.matcher(parts[1]).matches())
                    .findFirst();
            rule.ifPresent(one -> {
                seen.add(one);
                try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
                    Matcher name = one.pattern.matcher(parts[1]);
                    assertThat(name.matches()).isTrue();
                    Site site = new Site(
                            scope,
                            storage,
                            file,
                            golden.json(),
                            parts[0],
                            golden.json().get("tasks").intValue());
                    assertNear(key, one.rule.result(site, name), file.get(key).doubles(), tolerance);
                }
            });
        }
        assertThat(seen).as("rules in the file").containsAll(RULES);
    }

    /// The tolerance grows with the values.
    private static void assertNear(String name, double[] actual, double[] expected, double tolerance) {
        double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
        double allowed = tolerance * Math.max(1, 4 * largest);
        assertThat(actual).as(name).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).as("%s, entry %d", name, i).isCloseTo(expected[i], within(allowed));
        }
    }

    @TestFactory
    Stream<DynamicTest> whatTiesKeepsAndElectsIsExact() {
        return GoldenCases.tests("task-arithmetic", "merges", golden -> {
            TensorBundle file = Tensors.read(golden.tensors().getFirst());
            Pattern ties = Pattern.compile("([^.]+)\\.ties_" + NUMBER);
            for (String key : file.names()) {
                Matcher name = ties.matcher(key);
                if (name.matches()) {
                    try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
                        kept(scope, file, name);
                        elected(scope, golden, file, name);
                    }
                }
            }
        });
    }

    private static void kept(TensorScope scope, TensorBundle file, Matcher name) {
        HostTensor deltas = file.get(name.group(1) + ".delta");
        byte[] kept = file.get(name.group() + "_kept").bytes();
        int size = (int) (deltas.shape()[1] * deltas.shape()[2]);
        for (int t = 0; t < deltas.shape()[0]; t++) {
            double[] delta = Arrays.copyOfRange(deltas.doubles(), t * size, (t + 1) * size);
            double[] trimmed = TestPrograms.RUNTIME
                    .program()
                    .call(scope, "trimmed", scope.doubles(delta, deltas.shape()[1], deltas.shape()[2]), number(name, 2))
                    .doubles();
            for (int i = 0; i < size; i++) {
                assertThat(trimmed[i])
                        .as("%s, task %d, entry %d", name.group(), t, i)
                        .isEqualTo(kept[t * size + i] == 1 ? delta[i] : 0 * delta[i]);
            }
        }
    }

    private static void elected(TensorScope scope, GoldenCase golden, TensorBundle file, Matcher name) {
        Storage storage = new Storage(TestPrograms.RUNTIME, "cpu", ElementType.FLOAT32);
        int tasks = golden.json().get("tasks").intValue();
        double[] merged = new Site(scope, storage, file, golden.json(), name.group(1), tasks)
                .merge(new MergeRule.Ties(number(name, 2), 1));
        byte[] agreeing = file.get(name.group() + "_agreeing").bytes();
        long[] sign = file.get(name.group() + "_sign").longs();
        for (int i = 0; i < merged.length; i++) {
            assertThat(Math.signum(merged[i]))
                    .as("%s, entry %d", name.group(), i)
                    .isEqualTo(agreeing[i] == 0 ? 0.0 : sign[i]);
        }
    }

    @TestFactory
    Stream<DynamicTest> whatIsWorkedByHandIsExact() {
        return GoldenCases.tests(
                "task-arithmetic",
                "merges",
                golden -> golden.json().get("hand_checkable").forEach(MergeGoldenIT::byHand));
    }

    private static void byHand(JsonNode worked) {
        String name = worked.get("name").stringValue();
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            Storage storage = new Storage(TestPrograms.RUNTIME, "cpu", ElementType.FLOAT64);
            if (worked.has("A")) {
                double[] sum = factors(scope, worked)
                        .merge(scope, storage, new MergeRule.Sum(1), 0)
                        .doubles();
                assertThat(sum)
                        .as(name)
                        .isEqualTo(flat(worked.get("sum")))
                        .isNotEqualTo(flat(worked.get("must_not_be")));
                return;
            }
            int tasks = worked.get("deltas").size();
            for (String key : worked.propertyNames()) {
                Matcher number = Pattern.compile("\\D+" + NUMBER).matcher(key);
                double parameter = number.matches() ? number(number, 1) : 1;
                if (key.startsWith("moving_average_")) {
                    for (int n = 1; n <= tasks; n++) {
                        assertThat(dense(scope, worked, n)
                                        .merge(scope, storage, new MergeRule.MovingAverage(parameter), 0)
                                        .doubles())
                                .as("%s, %s of %d", name, key, n)
                                .isEqualTo(flat(worked.get(key).get(n - 1)));
                    }
                    continue;
                }
                rule(key, parameter, worked)
                        .ifPresent(rule -> assertThat(merged(scope, storage, worked, rule))
                                .as("%s, %s", name, key)
                                .isEqualTo(flat(worked.get(key))));
            }
        }
    }

    private static double[] merged(TensorScope scope, Storage storage, JsonNode worked, MergeRule rule) {
        SiteSources sources = dense(scope, worked, worked.get("deltas").size());
        if (!(rule instanceof MergeRule.Dare dare)) {
            return sources.merge(scope, storage, rule, 0).doubles();
        }
        double[] mask = flat(worked.get("mask"));
        byte[] kept = new byte[mask.length];
        for (int i = 0; i < mask.length; i++) {
            kept[i] = (byte) mask[i];
        }
        Tensor masks = scope.bytes(
                kept,
                sources.dense().size(),
                1,
                mask.length / (long) sources.dense().size());
        return sources.dropped(scope, storage, dare, masks).doubles();
    }

    private static Optional<MergeRule> rule(String key, double parameter, JsonNode worked) {
        if (key.equals("sum")) {
            return Optional.of(worked.has("mask") ? new MergeRule.Dare(0.5, 1) : new MergeRule.Sum(1));
        }
        if (key.startsWith("max_abs")) {
            return Optional.of(new MergeRule.MaxMagnitude(parameter));
        }
        if (key.startsWith("ties_density_")) {
            return Optional.of(new MergeRule.Ties(parameter, 1));
        }
        return key.equals("average") ? Optional.of(new MergeRule.Average()) : Optional.empty();
    }

    private static double[] flat(JsonNode numbers) {
        return numbers.isNumber()
                ? new double[] {numbers.doubleValue()}
                : numbers.valueStream()
                        .flatMapToDouble(one -> Arrays.stream(flat(one)))
                        .toArray();
    }

    private static SiteSources dense(TensorScope scope, JsonNode worked, int tasks) {
        List<Tensor> dense = new ArrayList<>();
        for (int t = 0; t < tasks; t++) {
            double[] values = flat(worked.get("deltas").get(t));
            dense.add(scope.doubles(values, 1, values.length));
        }
        long[] shape = {1, dense.getFirst().shape()[1]};
        return new SiteSources(shape, List.of(), List.of(), new long[0], new double[0], dense);
    }

    private static SiteSources factors(TensorScope scope, JsonNode worked) {
        List<Tensor> down = new ArrayList<>();
        List<Tensor> up = new ArrayList<>();
        List<Tensor> none = new ArrayList<>();
        for (int t = 0; t < worked.get("A").size(); t++) {
            down.add(matrix(scope, worked.get("A").get(t)));
            up.add(matrix(scope, worked.get("B").get(t)));
            none.add(scope.doubles(new double[0], 0));
        }
        double[] ones = new double[down.size()];
        Arrays.fill(ones, 1);
        return new SiteSources(
                new long[] {up.getFirst().shape()[0], down.getFirst().shape()[1]},
                down,
                up,
                IntStream.range(0, down.size()).asLongStream().toArray(),
                ones,
                none);
    }

    private static Tensor matrix(TensorScope scope, JsonNode rows) {
        return scope.doubles(flat(rows), rows.size(), rows.get(0).size());
    }
}
