package dev.palimpsest.methods;

import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a trace stores at the end of every task: adapters, coefficients, masks and scores, the head, the evaluations.
final class GoldenTaskEnd {

    private final GoldenSetup setup;
    private final GoldenTraceNumbers numbers;
    private final List<SiteValues> masks = new ArrayList<>();
    private final List<SiteValues> scores = new ArrayList<>();

    GoldenTaskEnd(GoldenSetup setup, GoldenTraceNumbers numbers) {
        this.setup = setup;
        this.numbers = numbers;
    }

    /// The mask after each task.
    List<SiteValues> masks() {
        return List.copyOf(masks);
    }

    /// Keeps what the method decided after task t.
    ///
    /// @param mask the one that the next task obeys
    void decided(SiteValues mask, SiteValues score) {
        masks.add(mask);
        scores.add(score);
    }

    /// A case may replace the mask after a task.
    JsonNode forced(int t) {
        return setup.json().path("forced_mask_after_task" + t);
    }

    /// @param measured the row of counts after the task; null compares no evaluation
    void compare(Network network, LoracIpc method, int t, @Nullable MeasuredRow measured) {
        TensorBundle adapters = Tensors.copy(network.bank().save());
        TensorBundle saved = method.save();
        int pool = setup.pool();
        for (Site site : setup.sites()) {
            String name = "task%d.end.%s.".formatted(t, site.wire());
            numbers.near(
                    name + "A", "A", numbers.joined(block -> adapters.get(GoldenSetup.name(block, site, "down", t))));
            numbers.near(
                    name + "B", "B", numbers.joined(block -> adapters.get(GoldenSetup.name(block, site, "up", t))));
            double[] omega = new double[pool * setup.blocks()];
            double[] bank = setup.inputs()
                    .get("init.%s.omega_bank".formatted(site.wire()))
                    .doubles();
            double[] mask = new double[omega.length];
            double[] score = new double[omega.length];
            for (int j = 0; j < pool; j++) {
                for (int block = 0; block < setup.blocks(); block++) {
                    int cell = j * setup.blocks() + block;
                    omega[cell] = coefficient(
                            saved, t, j, block, site, network.shape().depth());
                    mask[cell] = j <= t ? masks.get(j).at(block, site) : 1;
                    score[cell] = j <= t ? scores.get(j).at(block, site) : 0;
                    for (int k = 0; k <= t; k++) {
                        bank[k * omega.length + cell] = coefficient(
                                saved, k, j, block, site, network.shape().depth());
                    }
                }
            }
            numbers.near(name + "omega", "omega", omega);
            numbers.near(name + "omega_bank", "omega", bank);
            numbers.near(name + "mask", "mask", mask);
            numbers.near(name + "score", "importance and score", score);
        }
        numbers.head(
                network,
                "task%d.end.head.".formatted(t),
                "head",
                new TensorBundle(),
                setup.task(t).firstClass());
        compareFreezing(t);
        if (measured != null) {
            compareEvaluations(network, method, t, measured);
        }
    }

    /// The coefficient of adapter j in snapshot k: 1 where it was not learned yet.
    private static double coefficient(TensorBundle saved, int k, int j, int block, Site site, int depth) {
        int sites = Site.values().length;
        return j > k ? 1 : saved.get("bank.task" + (k + 1)).doubles()[(j * depth + block) * sites + site.index()];
    }

    /// The fields of a task: how many sites freeze, the smallest score among them, scores and masks again.
    private void compareFreezing(int t) {
        JsonNode task = numbers.part("tasks").path(t);
        if (task.isMissingNode() || !forced(t).isMissingNode()) {
            return;
        }
        List<Double> frozen = new ArrayList<>();
        double largest = 0;
        for (Site site : setup.sites()) {
            double[] mask = new double[setup.blocks()];
            double[] score = new double[setup.blocks()];
            for (int block = 0; block < setup.blocks(); block++) {
                mask[block] = masks.get(t).at(block, site);
                score[block] = scores.get(t).at(block, site);
                largest = Math.max(largest, score[block]);
                if (mask[block] == 0 && score[block] > 0) {
                    frozen.add(score[block]);
                }
            }
            String name = "tasks[%d].".formatted(t);
            numbers.comparison()
                    .near(
                            name + "mask_after_task." + site.wire(),
                            mask,
                            GoldenTraceNumbers.numbers(
                                    task.get("mask_after_task").get(site.wire())),
                            0);
            JsonNode stored = task.has("scores_f64") ? task.get("scores_f64") : task.get("scores");
            double[] wanted = GoldenTraceNumbers.numbers(stored.get(site.wire()));
            numbers.comparison()
                    .near(
                            name + "scores." + site.wire(),
                            score,
                            wanted,
                            numbers.tolerance("importance and score") * largest(t));
        }
        numbers.comparison()
                .near(
                        "tasks[%d].selected_k".formatted(t),
                        frozen.size(),
                        task.get("selected_k").intValue(),
                        0);
        numbers.comparison()
                .near(
                        "tasks[%d].cut".formatted(t),
                        frozen.stream().mapToDouble(score -> score).min().orElse(0),
                        GoldenTraceNumbers.f64(task.get("cut")),
                        numbers.tolerance("importance and score") * largest);
    }

    private double largest(int t) {
        return Arrays.stream(scores.get(t).toArray()).max().orElse(0);
    }

    private void compareEvaluations(Network network, LoracIpc method, int t, MeasuredRow row) {
        JsonNode all = numbers.part("evaluations_f64");
        if (all == null) {
            return;
        }
        GoldenEvaluation evaluation = new GoldenEvaluation(setup, network);
        Inference.Latest inference = (Inference.Latest) method.inference();
        int seen = setup.task(t).firstClass() + setup.classesPerTask();
        double[] logits = evaluation.logits(
                evaluation.features(inference.view(), setup.inputs().get("test_images")));
        long[] labels = setup.inputs().get("test_labels").longs();
        for (JsonNode stored : all) {
            if (stored.get("model").intValue() != t) {
                continue;
            }
            int d = stored.get("data").intValue();
            String name = "evaluations_f64[%d, %d].".formatted(t, d);
            share(name + "Acc@1", row, Measure.TOP1, d, stored.get("Acc@1"));
            share(name + "Acc@5", row, Measure.TOP5, d, stored.get("Acc@5"));
            share(name + "Acc@task", row, Measure.TASK_ID, d, stored.get("Acc@task"));
            int[] rows = setup.task(d).test();
            double loss = GoldenEvaluation.loss(
                    GoldenEvaluation.rows(logits, setup.classes(), rows),
                    setup.classes(),
                    seen,
                    Arrays.stream(rows).mapToLong(i -> labels[i]).toArray(),
                    rows.length);
            numbers.comparison()
                    .near(
                            name + "Loss",
                            loss,
                            stored.get("Loss").doubleValue(),
                            numbers.tolerance("classification_loss"));
        }
    }

    /// With fewer than five classes there is no count of `top5`, where the published program says 100 %.
    private void share(String name, MeasuredRow row, Measure measure, int data, JsonNode stored) {
        Integer count = Objects.requireNonNull(row.correct().get(measure)).get(data);
        if (count != null) {
            double percent = 100.0 * count / row.testImages().get(data);
            numbers.comparison().near(name, percent, stored.doubleValue(), 1e-9);
        }
    }
}
