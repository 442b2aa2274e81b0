package dev.palimpsest.metrics;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Compares one golden file with what the code computes and names every number that differs.
///
/// The file decides everything: which matrices there are, how large, which names are expected and which are
/// null. Its origin and its tolerances stand in the folder's README: 1e-12 relative to the larger of 1 and
/// the value, as differences of percentages may cancel; p to 1e-9; nulls, reasons and cells exactly.
///
/// Longer than 350 lines: one method for each section of a golden file, and every section is compared by the same few
/// lines.
final class GoldenMetrics {

    private static final double TOLERANCE = 1e-12;
    private static final double TOLERANCE_OF_P = 1e-9;

    private final List<String> mismatches = new ArrayList<>();

    private GoldenMetrics() {}

    static List<String> mismatches(JsonNode file) {
        var golden = new GoldenMetrics();
        file.propertyStream().forEach(entry -> golden.section(entry.getKey(), entry.getValue()));
        return golden.mismatches;
    }

    /// One element of a file's section, so that a test can change a number and look at its neighbours only.
    static List<String> mismatches(String section, JsonNode content) {
        var golden = new GoldenMetrics();
        golden.section(section, content);
        return golden.mismatches;
    }

    private void section(String name, JsonNode content) {
        switch (name) {
            case "definition_sets", "unit", "note" -> {}
            case "cases" -> content.forEach(this::matrixCase);
            case "model_size_efficiency" -> content.forEach(this::modelSizeEfficiency);
            case "normalised_accuracy" -> content.forEach(this::normalisedAccuracy);
            case "intransigence" -> content.forEach(this::intransigence);
            case "seeds" -> content.forEach(this::seeds);
            case "paired" -> content.forEach(this::paired);
            case "wilson" -> content.forEach(this::wilson);
            case "t975" ->
                content.forEachEntry((df, t) -> compare("t975 " + df, t, StudentT.quantile975(Integer.parseInt(df))));
            default -> mismatches.add("no comparison for the section " + name);
        }
    }

    private void matrixCase(JsonNode golden) {
        var name = golden.get("name").asString();
        var matrix = matrix(golden);
        var metrics = ContinualMetrics.of(matrix, MetricContext.of(Scenario.CLASS_INCREMENTAL));
        expectSame(name + " tasks_learned", golden.get("tasks_learned").asInt(), matrix.tasksLearned());
        golden.get("expected")
                .forEachEntry((key, expected) -> matrixValue(name, key, expected, metrics, golden.get("null_reasons")));
        lastRow(name, golden, matrix);
        domainIncremental(name, golden, matrix);
        golden.path("must_not_be").forEachEntry((what, value) -> {
            mustDiffer(name + " forgetting: " + what, value, metrics.metric(MetricDefinition.FORGETTING));
            mustDiffer(name + ": " + what, value, metrics.metric(MetricDefinition.BACKWARD_TRANSFER_ALL_PAIRS));
        });
    }

    private static AccuracyMatrix matrix(JsonNode golden) {
        var rows = new ArrayList<List<@Nullable Integer>>();
        for (var row : golden.get("correct")) {
            rows.add(new ArrayList<>(counts(row).subList(0, rows.size() + 1)));
        }
        for (var cell : golden.path("above_diagonal")) {
            var row = rows.get(cell.get(0).asInt() - 1);
            while (row.size() < cell.get(1).asInt()) {
                row.add(null);
            }
            row.set(cell.get(1).asInt() - 1, cell.get(2).asInt());
        }
        return AccuracyMatrix.of(Measure.TOP1, Stage.FINAL, images(golden), rows);
    }

    private static List<Integer> images(JsonNode golden) {
        return golden.get("test_images").valueStream().map(JsonNode::asInt).toList();
    }

    private static List<@Nullable Integer> counts(JsonNode row) {
        var counts = new ArrayList<@Nullable Integer>();
        row.forEach(count -> counts.add(count.isNull() ? null : count.asInt()));
        return counts;
    }

    private void matrixValue(
            String name, String key, JsonNode expected, ContinualMetrics metrics, JsonNode nullReasons) {
        var place = name + " " + key;
        if (expected.isArray()) {
            compareLists(place, expected, list(key, metrics));
            return;
        }
        for (var set : List.of(metrics.all(), metrics.variants())) {
            for (var metric : set) {
                if (metric.definition().id().equals(key)) {
                    compare(place, expected, metric.value());
                    compareReason(place, nullReasons.path(key), metric);
                    return;
                }
            }
        }
        mismatches.add(place + " is not served");
    }

    private static List<@Nullable Double> list(String key, ContinualMetrics metrics) {
        var byTask = metrics.byTask();
        var old = byTask.isEmpty() ? byTask : byTask.subList(0, byTask.size() - 1);
        var values = new ArrayList<@Nullable Double>();
        switch (key) {
            case "clm-1/forgetting by task" -> old.forEach(task -> values.add(task.forgetting()));
            case "clm-1/backward_transfer by task" -> old.forEach(task -> values.add(task.backwardTransfer()));
            case "clm-1/by_task learned" -> byTask.forEach(task -> values.add(task.learned()));
            case "clm-1/by_task best_before" -> old.forEach(task -> values.add(task.bestBefore()));
            case "clm-1/by_task now" -> byTask.forEach(task -> values.add(task.now()));
            default -> {
                var curve = key.replace("clm-1/", "").replace(" curve", "");
                values.addAll(metrics.curves().getOrDefault(curve, List.of()));
            }
        }
        return values;
    }

    private void compareReason(String place, JsonNode expected, Metric metric) {
        var reason = metric.nullReason();
        expectSame(
                place + " null_reason",
                expected.isMissingNode() ? "" : expected.get("null_reason").asString(),
                reason == null ? "" : reason.wireName());
        var cells = expected.path("missing")
                .valueStream()
                .map(cell ->
                        new MetricValue.Cell(cell.get(0).asInt(), cell.get(1).asInt()))
                .toList();
        expectSame(place + " missing", cells, metric.missing());
    }

    private void lastRow(String name, JsonNode golden, AccuracyMatrix matrix) {
        var companions = new TreeMap<Measure, AccuracyMatrix>();
        golden.path("last_row_counts").forEachEntry((measure, counts) -> {
            var other = AccuracyMatrix.empty(measure(measure), Stage.FINAL, images(golden));
            while (other.tasksLearned() < matrix.tasksLearned() - 1) {
                other = other.withMissingRow();
            }
            companions.put(other.measure(), other.withRow(counts(counts)));
        });
        var metrics = ContinualMetrics.of(
                matrix, MetricContext.of(Scenario.CLASS_INCREMENTAL).withCompanions(companions));
        golden.path("last_row_expected")
                .forEachEntry((key, expected) ->
                        compare(name + " " + key, expected, scalar(metrics, key).value()));
        var confusion = golden.path("task_confusion");
        for (int j = 0; j < confusion.size(); j++) {
            int sum = confusion.get(j).valueStream().mapToInt(JsonNode::asInt).sum();
            expectSame(
                    name + " confusion of task " + (j + 1), matrix.testImages().get(j), sum);
            expectSame(
                    name + " task_id of task " + (j + 1),
                    golden.at("/last_row_counts/task_id/" + j).asInt(),
                    confusion.get(j).get(j).asInt());
        }
    }

    private static Measure measure(String wireName) {
        return List.of(Measure.values()).stream()
                .filter(measure -> measure.wireName().equals(wireName))
                .findFirst()
                .orElseThrow();
    }

    private static Metric scalar(ContinualMetrics metrics, String id) {
        return metrics.all().stream()
                .filter(metric -> metric.definition().id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private void domainIncremental(String name, JsonNode golden, AccuracyMatrix matrix) {
        if (!golden.has("domain_incremental")) {
            return;
        }
        var untrained = counts(golden.get("untrained_correct"));
        var forward = "clm-1/forward_transfer";
        var domain = ContinualMetrics.of(
                matrix, MetricContext.of(Scenario.DOMAIN_INCREMENTAL).withUntrainedCorrect(untrained));
        compare(
                name + " domain " + forward,
                golden.at("/domain_incremental").get(forward),
                scalar(domain, forward).value());
        var shared =
                golden.get("domain_incremental").path("task_known and task_id").asString();
        for (var id : List.of("clm-1/task_known_accuracy", "clm-1/task_id_accuracy")) {
            expectSame(name + " domain " + id, shared, reason(scalar(domain, id)));
        }
        var classes = ContinualMetrics.of(
                matrix, MetricContext.of(Scenario.CLASS_INCREMENTAL).withUntrainedCorrect(untrained));
        compare(
                name + " class " + forward,
                golden.get("class_incremental").get(forward),
                scalar(classes, forward).value());
        expectSame(
                name + " class " + forward,
                golden.at("/class_incremental/null_reason").asString(),
                reason(scalar(classes, forward)));
    }

    private static String reason(Metric metric) {
        var reason = metric.nullReason();
        return reason == null ? "" : reason.wireName();
    }

    private void modelSizeEfficiency(JsonNode golden) {
        var parameters =
                golden.get("parameters").valueStream().map(JsonNode::asLong).toList();
        var matrix = AccuracyMatrix.empty(Measure.TOP1, Stage.FINAL, Collections.nCopies(parameters.size(), 1));
        while (matrix.tasksLearned() < parameters.size()) {
            matrix = matrix.withMissingRow();
        }
        var metrics = ContinualMetrics.of(
                matrix, MetricContext.of(Scenario.CLASS_INCREMENTAL).withInferenceParameters(parameters));
        compare(
                "model_size_efficiency of " + parameters,
                golden.get("expected"),
                metrics.metric(MetricDefinition.MODEL_SIZE_EFFICIENCY).value());
    }

    private void normalisedAccuracy(JsonNode golden) {
        var merged = doubles(golden.get("merged_percent_or_counts"));
        var single = doubles(golden.get("single"));
        if (single.contains(0.0)) {
            var metrics = ContinualMetrics.of(
                    lastRowOnly(merged),
                    MetricContext.of(Scenario.CLASS_INCREMENTAL).withSingleAccuracy(single));
            var metric = metrics.metric(MetricDefinition.NORMALISED_ACCURACY);
            compare("normalised_accuracy over " + single, golden.get("expected"), metric.value());
            expectSame("normalised_accuracy over " + single, "reference_is_zero", reason(metric));
            return;
        }
        var value = Formulas.normalised(
                merged.stream().mapToDouble(Double::doubleValue).toArray(),
                single.stream().mapToDouble(Double::doubleValue).toArray());
        compare("normalised_accuracy over " + single, golden.get("expected"), value);
    }

    /// A matrix whose last row is the given percentages.
    private static AccuracyMatrix lastRowOnly(List<Double> percent) {
        var matrix = AccuracyMatrix.empty(Measure.TOP1, Stage.FINAL, Collections.nCopies(percent.size(), 1_000_000));
        while (matrix.tasksLearned() < percent.size() - 1) {
            matrix = matrix.withMissingRow();
        }
        var row = new ArrayList<@Nullable Integer>();
        percent.forEach(value -> row.add((int) Math.round(value * 10_000)));
        return matrix.withRow(row);
    }

    private void intransigence(JsonNode golden) {
        var joint = new ArrayList<@Nullable Double>();
        golden.get("joint").forEach(value -> joint.add(value.isNull() ? null : value.asDouble()));
        var diagonal = doubles(golden.get("diagonal"));
        var matrix = AccuracyMatrix.empty(Measure.TOP1, Stage.FINAL, Collections.nCopies(diagonal.size(), 1_000_000));
        for (double percent : diagonal) {
            var row = new ArrayList<@Nullable Integer>(Collections.nCopies(matrix.tasksLearned(), null));
            row.add((int) Math.round(percent * 10_000));
            matrix = matrix.withRow(row);
        }
        var metrics = ContinualMetrics.of(
                matrix, MetricContext.of(Scenario.CLASS_INCREMENTAL).withJointAccuracy(joint));
        var mean = metrics.metric(MetricDefinition.INTRANSIGENCE);
        compareLists("intransigence by task", golden.get("by_task"), metrics.intransigenceByTask());
        compare("intransigence", golden.get("mean"), mean.value());
        expectSame("intransigence", golden.get("mean").isNull() ? "needs_reference" : "", reason(mean));
    }

    private static List<Double> doubles(JsonNode values) {
        return values.valueStream().map(GoldenMetrics::number).toList();
    }

    private void seeds(JsonNode golden) {
        var values = doubles(golden.get("values"));
        spread("seeds " + values, golden.get("expected"), SeedStatistics.of(values));
    }

    private void paired(JsonNode golden) {
        var difference = PairedDifference.of(bySeed(golden.get("x")), bySeed(golden.get("y")));
        var expected = golden.get("expected");
        var place = "paired " + difference.seeds();
        expectSame(
                place,
                expected.get("common_seeds").valueStream().map(JsonNode::asLong).toList(),
                difference.seeds());
        spread(place, expected, difference.differences());
        if (expected.has("t")) {
            compare(place + " t", expected.get("t"), difference.t());
            compare(place + " p", expected.get("p"), difference.p(), TOLERANCE_OF_P);
        }
    }

    private static Map<Long, Double> bySeed(JsonNode values) {
        var bySeed = new TreeMap<Long, Double>();
        values.forEachEntry((seed, value) -> bySeed.put(Long.parseLong(seed), number(value)));
        return bySeed;
    }

    private void spread(String place, JsonNode expected, SeedStatistics actual) {
        expectSame(place + " n", expected.get("n").asInt(), actual.n());
        compare(place + " mean", expected.get("mean"), actual.mean());
        compare(place + " min", expected.get("min"), actual.min());
        compare(place + " max", expected.get("max"), actual.max());
        compare(place + " sd", expected.get("sd"), actual.sd());
        var interval = actual.ci95();
        compare(place + " ci95", expected.at("/ci95/0"), interval == null ? null : interval.low());
        compare(place + " ci95", expected.at("/ci95/1"), interval == null ? null : interval.high());
        if (expected.has("null_reason")) {
            var reason = actual.nullReason();
            expectSame(place, expected.get("null_reason").asString(), reason == null ? "" : reason.wireName());
        }
        var population = expected.path("sd_divisor_n_must_not_appear");
        if (actual.sd() != null && !population.isMissingNode() && number(population) != 0) {
            expectSame(place + " sd has the divisor n", false, near(number(population), actual.sd(), TOLERANCE));
        }
    }

    private void wilson(JsonNode golden) {
        var correct = golden.get("correct").asInt();
        var images = golden.get("test_images").asInt();
        var interval = Interval.wilson(correct, images);
        compare("wilson %d of %d".formatted(correct, images), golden.get("low"), interval.low());
        compare("wilson %d of %d".formatted(correct, images), golden.get("high"), interval.high());
    }

    private void compareLists(String place, JsonNode expected, List<@Nullable Double> actual) {
        expectSame(place + " length", expected.size(), actual.size());
        for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
            compare(place + " [" + (i + 1) + "]", expected.get(i), actual.get(i));
        }
    }

    private void compare(String place, JsonNode expected, @Nullable Double actual) {
        compare(place, expected, actual, TOLERANCE);
    }

    private void compare(String place, JsonNode expected, @Nullable Double actual, double tolerance) {
        if (expected.isNull() || expected.isMissingNode()) {
            expectSame(place, null, actual);
            return;
        }
        if (actual == null || !near(number(expected), actual, tolerance)) {
            mismatches.add("%s: expected %s, got %s".formatted(place, expected, actual));
            return;
        }
        if (expected.has("fraction") && !near(fraction(expected.get("fraction").asString()), actual, tolerance)) {
            mismatches.add("%s: expected the fraction %s, got %s".formatted(place, expected, actual));
        }
    }

    private void mustDiffer(String place, JsonNode forbidden, Metric metric) {
        var value = metric.value();
        if (value != null && near(number(forbidden), value, TOLERANCE)) {
            mismatches.add("%s must not be %s".formatted(place, value));
        }
    }

    private void expectSame(String place, @Nullable Object expected, @Nullable Object actual) {
        if (!Objects.equals(expected, actual)) {
            mismatches.add("%s: expected %s, got %s".formatted(place, expected, actual));
        }
    }

    private static boolean near(double expected, double actual, double tolerance) {
        return Math.abs(expected - actual) <= tolerance * Math.max(1, Math.abs(expected));
    }

    private static double number(JsonNode value) {
        return Double.parseDouble((value.has("decimal") ? value.get("decimal") : value).asString());
    }

    private static double fraction(String text) {
        var parts = List.of(text.split("/", -1));
        return new BigDecimal(parts.getFirst())
                .divide(new BigDecimal(parts.getLast()), MathContext.DECIMAL64)
                .doubleValue();
    }
}
