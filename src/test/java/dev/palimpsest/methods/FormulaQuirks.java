package dev.palimpsest.methods;

import static dev.palimpsest.methods.QuirkNumbers.matcher;
import static dev.palimpsest.methods.QuirkNumbers.nested;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.memory.ImportanceScores;
import dev.palimpsest.memory.InferenceStatistics;
import dev.palimpsest.metrics.AccuracyMatrix;
import dev.palimpsest.metrics.ContinualMetrics;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MetricContext;
import dev.palimpsest.metrics.MetricDefinition;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.TestPrograms;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// Rows that are a formula on numbers of the table itself.
final class FormulaQuirks {

    private final JsonNode quirks;
    private final QuirkNumbers numbers;

    FormulaQuirks(JsonNode quirks, QuirkNumbers numbers) {
        this.quirks = quirks;
        this.numbers = numbers;
    }

    void compare() {
        if (quirks.has("7")) {
            schedule(quirks.get("7"));
        }
        if (quirks.has("9")) {
            weightDecay(quirks.get("9"));
        }
        if (quirks.has("14")) {
            classOrder(quirks.get("14"));
        }
        if (quirks.has("18")) {
            forgetting(quirks.get("18"));
        }
        if (quirks.has("22")) {
            freezing(quirks.get("22"));
        }
    }

    /// Row 7: the cosine is one epoch late, and its minimum holds for the coefficients too.
    private void schedule(JsonNode quirk) {
        Matcher numbers =
                matcher("(\\d+) epochs, base ([0-9.e-]+)", quirk.get("case").stringValue());
        int epochs = Integer.parseInt(numbers.group(1));
        double base = Double.parseDouble(numbers.group(2));
        cosine("7.reference", base, epochs, 1, quirk.get("reference"));
        cosine("7.without_lag", base, epochs, 0, quirk.get("without_lag_for_comparison"));
        JsonNode low = quirk.get("omega_base_below_minimum");
        cosine("7.omega_base_below_minimum", low.get("base").doubleValue(), epochs, 1, low.get("reference"));
    }

    private void cosine(String name, double base, int epochs, int lag, JsonNode stored) {
        Schedule schedule = new Schedule.Cosine(1e-5, lag);
        double[] rates = IntStream.range(0, epochs)
                .mapToDouble(epoch -> schedule.rate(base, epoch, epochs))
                .toArray();
        numbers.comparison().near(name, rates, nested(stored), 1e-15);
    }

    /// Row 9: nothing decays unless asked for; the alignment has no decay at all.
    private void weightDecay(JsonNode quirk) {
        double own =
                Objects.requireNonNull(LoracIpc.INFO.training()).optimizer().weightDecay();
        double[] stored = nested(quirk.get("reference").get("adam"));
        numbers.comparison()
                .near(
                        "9.adam",
                        DoubleStream.generate(() -> own).limit(stored.length).toArray(),
                        stored,
                        0);
    }

    /// Row 14: classes come in the order of the tasks, and a class knows its task.
    private void classOrder(JsonNode quirk) {
        String order =
                matcher("\\[([0-9,| ]+)\\]", quirk.get("case").stringValue()).group(1);
        InferenceStatistics statistics = new InferenceStatistics(TestPrograms.RUNTIME, 1);
        List<Long> classes = new ArrayList<>();
        String[] tasks = order.split("\\|", -1);
        for (int t = 0; t < tasks.length; t++) {
            LearningTask task = QuirkNumbers.task(
                    t,
                    Arrays.stream(tasks[t].split(",", -1))
                            .mapToInt(row -> Integer.parseInt(row.strip()))
                            .toArray());
            for (int row : task.labelRows()) {
                int position = classes.size();
                double[] rows = {1, position, 0, 1, position, 1};
                statistics.learn(t, new ClassFeatures(position, rows, 2, 3), 0);
                classes.add((long) row);
            }
        }
        JsonNode stored = quirk.get("corrected");
        numbers.comparison()
                .near("14.class", classes.stream().mapToDouble(c -> c).toArray(), nested(stored.get("class")), 0);
        numbers.comparison()
                .near(
                        "14.task",
                        IntStream.range(0, classes.size())
                                .mapToDouble(statistics::task)
                                .toArray(),
                        nested(stored.get("task")),
                        0);
    }

    /// Row 18: forgetting and backward transfer from the whole matrix; here rows are models.
    private void forgetting(JsonNode quirk) {
        JsonNode stored = quirk.get("matrix");
        int tasks = stored.size();
        List<Integer> images = new ArrayList<>();
        List<List<Integer>> rows = new ArrayList<>();
        int each = imagesFor(nested(stored));
        for (int k = 0; k < tasks; k++) {
            images.add(each);
            List<Integer> row = new ArrayList<>();
            for (int j = 0; j <= k; j++) {
                row.add((int) Math.round(stored.get(j).get(k).doubleValue() * each / 100));
            }
            rows.add(row);
        }
        ContinualMetrics metrics = ContinualMetrics.of(
                AccuracyMatrix.of(Measure.TOP1, Stage.FINAL, images, rows),
                MetricContext.of(Scenario.CLASS_INCREMENTAL));
        metric("18.acc@1", metrics, MetricDefinition.FINAL_ACCURACY, quirk);
        metric("18.forgetting", metrics, MetricDefinition.FORGETTING, quirk);
        metric("18.backward", metrics, MetricDefinition.BACKWARD_TRANSFER, quirk);
    }

    /// So many that every share is a whole number of them.
    private static int imagesFor(double[] percent) {
        int images = 100;
        while (images < 100_000_000 && !wholeOf(percent, images)) {
            images *= 10;
        }
        return images;
    }

    private static boolean wholeOf(double[] percent, int images) {
        return Arrays.stream(percent)
                .map(share -> share * images / 100)
                .allMatch(count -> Math.abs(count - Math.round(count)) < 1e-9 * images);
    }

    private void metric(String name, ContinualMetrics metrics, MetricDefinition definition, JsonNode quirk) {
        Double value = metrics.metric(definition).value();
        numbers.near(name, Objects.requireNonNull(value), quirk.get("corrected"));
    }

    /// Row 22: how many freeze, ties, nothing left, and nothing to freeze.
    private void freezing(JsonNode quirk) {
        int i = 0;
        for (JsonNode one : quirk.get("cases")) {
            double[] before = nested(one.get("previous_mask"));
            List<Site> matrices = List.of(Site.values());
            int blocks = Math.ceilDiv(before.length, matrices.size());
            List<AdapterSite> sites = IntStream.range(0, before.length)
                    .mapToObj(k -> new AdapterSite(k / matrices.size(), matrices.get(k % matrices.size())))
                    .toList();
            ImportanceScores scores = ImportanceScores.of(
                    sites(nested(one.get("scores")), blocks), SiteValues.all(blocks, 1), sites(before, blocks), sites);
            SiteValues mask = scores.freeze(
                    one.get("threshold").doubleValue(), one.get("new_mask").booleanValue());
            // where the published program stops, nothing freezes here
            JsonNode reference = one.get("reference");
            numbers.comparison()
                    .near(
                            "22[%d].mask".formatted(i++),
                            Arrays.copyOf(mask.toArray(), before.length),
                            reference.has("mask") ? nested(reference.get("mask")) : before,
                            0);
        }
    }

    private static SiteValues sites(double[] values, int blocks) {
        return SiteValues.ofArray(Arrays.copyOf(values, blocks * Site.values().length));
    }
}
