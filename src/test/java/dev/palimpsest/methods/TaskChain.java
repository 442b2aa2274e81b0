package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.model.AdapterSession;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.OptimizerNumbers;
import dev.palimpsest.model.SessionProbe;
import dev.palimpsest.model.SessionSetup;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.TinyNetworks;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.model.Weights;
import dev.palimpsest.support.OneStep;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorScope;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// LoRAC-IPC on a tiny network, task after task, without a trainer around it.
final class TaskChain implements AutoCloseable {

    static final int CLASSES_A_TASK = 2;
    static final int IMAGES = 8;
    static final int RANK = 2;

    private static final int MOST_TASKS = 8;

    private final Backbone backbone;
    private final Network network;
    private final ImagePixels images;
    private final LoracIpc method;
    private final OptimizerNumbers optimizer;
    private int tasks;

    TaskChain(LoracIpc.Settings settings, NumericMode mode, OptimizerNumbers optimizer) {
        ElementType master = mode.compute() == ElementType.FLOAT64 ? ElementType.FLOAT64 : ElementType.FLOAT32;
        this.backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, master, 9);
        this.network = TinyNetworks.network(
                TestPrograms.RUNTIME,
                backbone,
                TinyNetworks.adapters(RANK, settings.adapters().sites()),
                CLASSES_A_TASK * MOST_TASKS,
                mode);
        this.images = TinyNetworks.images(network, IMAGES, 2);
        this.method = new LoracIpc(settings);
        this.optimizer = optimizer;
    }

    static TaskChain of(LoracIpc.Fidelity fidelity, double freezeFraction, NumericMode mode) {
        return new TaskChain(
                settings(fidelity, freezeFraction, EnumSet.allOf(Site.class)),
                mode,
                new OptimizerNumbers(0, 0.9, 0.999, 1e-8, 0, 0, 1));
    }

    static LoracIpc.Settings settings(LoracIpc.Fidelity fidelity, double freezeFraction, Set<Site> sites) {
        return new LoracIpc.Settings(
                fidelity,
                new AdapterChoice(sites, null, RANK, null),
                0.1,
                1.0,
                null,
                freezeFraction,
                LoracIpc.CountOver.ALL_SITES,
                0.85,
                0.85,
                null,
                null);
    }

    Network network() {
        return network;
    }

    LoracIpc method() {
        return method;
    }

    /// The mask that the next task obeys.
    SiteValues mask() {
        return SiteValues.ofArray(method.save().get("mask").doubles());
    }

    static LearningTask task(int t) {
        int[] classes = {CLASSES_A_TASK * t, CLASSES_A_TASK * t + 1};
        return new LearningTask(
                t,
                "task " + (t + 1),
                classes,
                classes,
                List.of("class " + classes[0], "class " + classes[1]),
                classes[0],
                CLASSES_A_TASK,
                new int[IMAGES],
                new int[0],
                new int[0]);
    }

    List<LearningTask> learned() {
        return IntStream.range(0, tasks).mapToObj(TaskChain::task).toList();
    }

    /// The recipe of the next task, with its adapter in the bank.
    TaskRecipe next() {
        return method.beforeTask(new FixedTask(network, task(tasks)));
    }

    /// Learns a task; the scores of its images by the weights that trained, at its end. Shape [images, 2].
    ///
    /// @param collected in how many steps at the end importance is collected
    double[] learn(int steps, int collected) {
        return learn(steps, collected, 0.01);
    }

    double[] learn(int steps, int collected, double rate) {
        TaskRecipe recipe = next();
        TrainingView view = Objects.requireNonNull(recipe.view());
        TaskRecipe.Collect collect = recipe.collect();
        LearningTask task = task(tasks);
        long[] labels = LongStream.range(0, IMAGES)
                .map(i -> task.firstClass() + i % CLASSES_A_TASK)
                .toArray();
        SessionSetup setup = new SessionSetup(
                images,
                labels,
                recipe.trains(),
                recipe.scope(),
                optimizer,
                recipe.terms(),
                collect == null ? null : collect.how());
        try (AdapterSession session = new AdapterSession(network, view, setup)) {
            session.order(LongStream.range(0, IMAGES).toArray());
            StepRates rates = new StepRates(rate, rate, rate);
            for (int i = 0; i < steps; i++) {
                OneStep.of(session, 0, IMAGES, i, rates, collect != null && steps - i <= collected);
            }
            double[] logits = new SessionProbe(session)
                    .gradients(new SessionProbe.Form(false, 0), 0, IMAGES, 0)
                    .get("logits")
                    .doubles();
            FixedTask learned = new FixedTask(network, task);
            learned.learned(session.finish());
            method.afterTask(learned);
            tasks++;
            return logits;
        }
    }

    /// Features of the images under a view, [images, width].
    double[] features(AdapterView view) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME);
                Weights weights = network.compose(view)) {
            long[] rows = LongStream.range(0, IMAGES).toArray();
            return network.features(scope, images, rows, weights, IMAGES).doubles();
        }
    }

    /// Scores of the newest task's classes under a view, [images, 2].
    double[] scores(AdapterView view) {
        double[] features = features(view);
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            double[] all = network.logits(scope, features, IMAGES, IMAGES).doubles();
            int outputs = all.length / IMAGES;
            double[] own = new double[IMAGES * CLASSES_A_TASK];
            for (int i = 0; i < IMAGES; i++) {
                int from = i * outputs + (tasks - 1) * CLASSES_A_TASK;
                System.arraycopy(all, from, own, i * CLASSES_A_TASK, CLASSES_A_TASK);
            }
            return own;
        }
    }

    /// The newest snapshot.
    AdapterView snapshot() {
        return ((Inference.Latest) method.inference()).view();
    }

    static double distance(double[] a, double[] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(i -> Math.abs(a[i] - b[i]))
                .max()
                .orElse(0);
    }

    static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElse(0);
    }

    @Override
    public void close() {
        images.close();
        network.close();
        backbone.close();
    }
}
