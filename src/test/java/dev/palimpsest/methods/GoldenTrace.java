package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.model.AdapterSession;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.ClassRange;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.OptimizerNumbers;
import dev.palimpsest.model.SessionProbe;
import dev.palimpsest.model.SessionResult;
import dev.palimpsest.model.SessionSetup;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.StepTally;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.support.OneStep;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.support.Tolerances;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.IntFunction;
import tools.jackson.databind.JsonNode;

/// LoRAC-IPC on the batches of a recorded run of the published code, compared step by step with what is
/// stored.
final class GoldenTrace {

    private static final double EXACT = 1e-10;

    /// As the published code: dense gradients of all sites, frozen ones included.
    private static final SessionProbe.Form DENSE = new SessionProbe.Form(true, 2);

    private final GoldenSetup setup;
    private final NumericMode mode;
    private final LoracIpc.Fidelity fidelity;
    private final GoldenComparison comparison;
    private final Tolerances tolerances;
    private final String prefix;
    private final List<SiteValues> masks = new ArrayList<>();
    private final List<SiteValues> scores = new ArrayList<>();
    private final List<Double> norms = new ArrayList<>();
    private TensorBundle end = new TensorBundle();

    /// A run that has not started.
    ///
    /// @param mode `fp64`, compared with 1e-10, or another, compared with the stored tolerances
    GoldenTrace(GoldenSetup setup, NumericMode mode, LoracIpc.Fidelity fidelity, GoldenComparison comparison) {
        this.setup = setup;
        this.mode = mode;
        this.fidelity = fidelity;
        this.comparison = comparison;
        this.tolerances = Tolerances.of(setup.golden());
        this.prefix = setup.json().has("reference") ? (reference() ? "reference." : "corrected.") : "";
    }

    private boolean reference() {
        return fidelity == LoracIpc.Fidelity.REFERENCE;
    }

    /// Whether the stored run is also that of the corrected behaviour: q and k never differ in their masks.
    static boolean sameUnderBoth(GoldenSetup setup) {
        TensorBundle stored = setup.tensors();
        for (int t = 0; t < setup.tasks(); t++) {
            String end = "task%d.end.".formatted(t);
            if (stored.has(end + "q.mask") != stored.has(end + "k.mask")) {
                return false;
            }
            boolean last = t == setup.tasks() - 1;
            if (!last
                    && stored.has(end + "q.mask")
                    && !Arrays.equals(
                            stored.get(end + "q.mask").doubles(),
                            stored.get(end + "k.mask").doubles())) {
                return false;
            }
        }
        return true;
    }

    void compare() {
        comparison.run(mode.name() + ", " + fidelity.name().toLowerCase(Locale.ROOT));
        ElementType master = mode.compute() == ElementType.FLOAT64 ? ElementType.FLOAT64 : ElementType.FLOAT32;
        try (Backbone backbone = setup.backbone(master);
                Network network = setup.network(backbone, mode);
                ImagePixels images = GoldenSetup.images(network, setup.inputs().get("train_images"))) {
            network.heads()
                    .set(
                            0,
                            setup.inputs().get("init.head.weight").doubles(),
                            setup.inputs().get("init.head.bias").doubles());
            LoracIpc method = new LoracIpc(setup.settings(fidelity));
            for (int t = 0; t < setup.tasks(); t++) {
                method = learn(network, images, method, t);
            }
            end = Tensors.copy(network.bank().save());
        }
    }

    /// Gradient norms before clipping of all steps.
    List<Double> norms() {
        return List.copyOf(norms);
    }

    /// The mask after each task.
    List<SiteValues> masks() {
        return List.copyOf(masks);
    }

    /// The adapters after the last task.
    TensorBundle adapters() {
        return end;
    }

    private LoracIpc learn(Network network, ImagePixels images, LoracIpc method, int t) {
        SiteValues none = SiteValues.all(network.shape().depth(), 0);
        FixedTask task = new FixedTask(network, setup.task(t), new SessionResult(List.of(), none, none));
        TaskRecipe recipe = method.beforeTask(task);
        network.bank().restore(withStart(network, t), t + 1);
        TrainingView view = Objects.requireNonNull(recipe.view());
        TaskRecipe.Collect collect = Objects.requireNonNull(recipe.collect());
        OptimizerNumbers adam = new OptimizerNumbers(0, 0.9, 0.999, 1e-8, 0, 0, setup.real("clip"));
        long[] labels = setup.inputs().get("train_labels").longs();
        SessionSetup session = new SessionSetup(images, labels, recipe.scope(), adam, collect.how());
        try (AdapterSession training = new AdapterSession(network, view, session)) {
            SiteValues collected = reference() ? SiteValues.all(network.shape().depth(), 1) : view.free();
            new Steps(network, training, recipe, collected, t).run();
            task.learned(training.finish());
        }
        assertThat(method.afterTask(task)).as("phases, none asked for").isEmpty();
        LoracIpc next = forced(network, method, t);
        compareEnd(network, next, t);
        compareEvaluations(network, next, t);
        return next;
    }

    /// The bank with the recorded start of this task's adapter in place of the drawn one.
    private TensorBundle withStart(Network network, int t) {
        TensorBundle adapters = Tensors.copy(network.bank().save());
        TensorBundle start = setup.initialAdapter(t);
        TensorBundle changed = new TensorBundle();
        for (String name : adapters.names()) {
            changed.put(name, start.has(name) ? start.get(name) : adapters.get(name));
        }
        return changed;
    }

    /// A case may replace the mask after a task.
    private LoracIpc forced(Network network, LoracIpc method, int t) {
        TensorBundle saved = method.save();
        scores.add(SiteValues.ofArray(saved.get("scores").doubles()));
        JsonNode forced = forced(t);
        if (forced.isMissingNode()) {
            masks.add(SiteValues.ofArray(saved.get("mask").doubles()));
            return method;
        }
        SiteValues mask = SiteValues.of(
                network.shape().depth(),
                site -> network.bank().settings().has(site)
                        ? forced.get(site.matrix().wire()).get(site.block()).doubleValue()
                        : 0);
        masks.add(mask);
        TensorBundle changed = new TensorBundle();
        for (String name : saved.names()) {
            HostTensor values = saved.get(name);
            changed.put(name, name.equals("mask") ? HostTensor.ofDoubles(mask.toArray(), values.shape()) : values);
        }
        LoracIpc next = new LoracIpc(setup.settings(fidelity));
        next.restore(changed, network, setup.tasks(t + 1));
        return next;
    }

    private JsonNode forced(int t) {
        return setup.json().path("forced_mask_after_task" + t);
    }

    private void compareEnd(Network network, LoracIpc method, int t) {
        TensorBundle adapters = Tensors.copy(network.bank().save());
        TensorBundle saved = method.save();
        int pool = setup.pool();
        for (Site site : setup.sites()) {
            String name = "task%d.end.%s.".formatted(t, site.wire());
            near(name + "A", "A", joined(block -> adapters.get(GoldenSetup.name(block, site, "down", t))));
            near(name + "B", "B", joined(block -> adapters.get(GoldenSetup.name(block, site, "up", t))));
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
            near(name + "omega", "omega", omega);
            near(name + "omega_bank", "omega", bank);
            near(name + "mask", "mask", mask);
            near(name + "score", "importance and score", score);
        }
        head(
                network,
                "task%d.end.head.".formatted(t),
                "head",
                new TensorBundle(),
                setup.task(t).firstClass());
        compareFreezing(t);
    }

    /// The coefficient of adapter j in snapshot k: 1 where it was not learned yet.
    private static double coefficient(TensorBundle saved, int k, int j, int block, Site site, int depth) {
        int sites = Site.values().length;
        return j > k ? 1 : saved.get("bank.task" + (k + 1)).doubles()[(j * depth + block) * sites + site.index()];
    }

    /// The fields of a task: how many sites freeze, the smallest score among them, scores and masks again.
    private void compareFreezing(int t) {
        JsonNode task = part("tasks").path(t);
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
            comparison.near(
                    name + "mask_after_task." + site.wire(),
                    mask,
                    numbers(task.get("mask_after_task").get(site.wire())),
                    0);
            JsonNode stored = task.has("scores_f64") ? task.get("scores_f64") : task.get("scores");
            double[] wanted = numbers(stored.get(site.wire()));
            comparison.near(
                    name + "scores." + site.wire(), score, wanted, tolerance("importance and score") * largest(t));
        }
        comparison.near(
                "tasks[%d].selected_k".formatted(t),
                frozen.size(),
                task.get("selected_k").intValue(),
                0);
        comparison.near(
                "tasks[%d].cut".formatted(t),
                frozen.stream().mapToDouble(score -> score).min().orElse(0),
                f64(task.get("cut")),
                tolerance("importance and score") * largest);
    }

    private double largest(int t) {
        return Arrays.stream(scores.get(t).toArray()).max().orElse(0);
    }

    private void compareEvaluations(Network network, LoracIpc method, int t) {
        JsonNode all = part("evaluations_f64");
        if (all == null) {
            return;
        }
        GoldenEvaluation evaluation = new GoldenEvaluation(setup, network);
        Inference.Latest inference = (Inference.Latest) method.inference();
        MeasuredRow row = evaluation.counts(inference, setup.tasks(t + 1));
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
            comparison.near(name + "Loss", loss, stored.get("Loss").doubleValue(), tolerance("classification_loss"));
        }
    }

    /// With fewer than five classes there is no count of `top5`, where the published program says 100 %.
    private void share(String name, MeasuredRow row, Measure measure, int data, JsonNode stored) {
        Integer count = Objects.requireNonNull(row.correct().get(measure)).get(data);
        if (count != null) {
            double percent = 100.0 * count / row.testImages().get(data);
            comparison.near(name, percent, stored.doubleValue(), 1e-9);
        }
    }

    /// The steps of one task.
    private final class Steps {

        private final Network network;
        private final AdapterSession session;
        private final TaskRecipe recipe;
        private final SiteValues collected;
        private final int t;
        private final SessionProbe probe;
        private final int epochs;
        private final int perEpoch;
        private final List<double[]> sensitivity = new ArrayList<>();
        private final List<double[]> uncertainty = new ArrayList<>();

        Steps(Network network, AdapterSession session, TaskRecipe recipe, SiteValues collected, int t) {
            this.network = network;
            this.session = session;
            this.recipe = recipe;
            this.collected = collected;
            this.t = t;
            this.probe = new SessionProbe(session);
            this.epochs = (int) setup.batches().shape()[1];
            this.perEpoch = (int) setup.batches().shape()[2];
        }

        void run() {
            int steps = epochs * perEpoch;
            int batch = (int) setup.batches().shape()[3];
            long[] rows = setup.batches().longs();
            for (int i = 0; i < steps; i++) {
                int from = (t * steps + i) * batch;
                session.order(Arrays.copyOfRange(rows, from, from + batch));
                if (i == 0) {
                    firstGradients(batch);
                }
                step(i, batch);
                if (i == 0) {
                    afterFirst();
                }
            }
            importance("sensitivity", sensitivity);
            importance("uncertainty", uncertainty);
            importance("value", values());
        }

        private void step(int i, int batch) {
            JsonNode stored = part("steps").get(t * epochs * perEpoch + i);
            String name = "task%d.steps[%d].".formatted(t, i);
            StepRates rates = rates(i / perEpoch);
            comparison.near(
                    name + "learning_rate",
                    rates.adapters(),
                    stored.get("learning_rate").doubleValue(),
                    1e-15);
            comparison.near(
                    name + "omega_learning_rate",
                    rates.pastCoefficients(),
                    stored.get("omega_learning_rate").doubleValue(),
                    1e-15);

            StepTally tally = OneStep.of(session, 0, batch, 0, rates, true);

            scalar(name, "classification_loss", tally.crossEntropy(), stored);
            scalar(name, "orthogonality_loss", tally.orthogonality(), stored);
            scalar(name, "total_loss", tally.loss(), stored);
            scalar(name, "gradient_norm", tally.gradientNorm(), stored);
            norms.add(tally.gradientNorm());
            TensorBundle state = session.save();
            sensitivity.add(ofSites(state, "sensitivity"));
            uncertainty.add(ofSites(state, "uncertainty"));
        }

        private StepRates rates(int epoch) {
            Schedule schedule = setup.setting("sched").stringValue().equals("cosine")
                    ? new Schedule.Cosine(setup.real("min_learning_rate"), 1)
                    : new Schedule.Constant();
            Double own = recipe.rates().learningRate();
            double base = own == null ? setup.real("lr") * setup.real("batch") / 256 : own;
            double omegas = base * recipe.rates().pastCoefficientScale();
            double rate = schedule.rate(base, epoch, epochs);
            return new StepRates(rate, schedule.rate(omegas, epoch, epochs), rate);
        }

        private void scalar(String name, String quantity, double found, JsonNode stored) {
            if (stored.has(quantity)) {
                comparison.near(name + quantity, found, f64(stored.get(quantity)), tolerance(quantity));
            }
        }

        /// Per site and block in the order of the files.
        private double[] ofSites(TensorBundle state, String quantity) {
            double[] values = new double[setup.sites().size() * setup.blocks()];
            int i = 0;
            for (Site site : setup.sites()) {
                double[] stack = state.get(quantity + SessionProbe.stack(site)).doubles();
                for (int block = 0; block < setup.blocks(); block++) {
                    values[i++] = stack[SessionProbe.place(site, block)];
                }
            }
            return values;
        }

        /// What went into the sensitivity e = b e' + (1 - b) v of each step.
        private List<double[]> values() {
            double decay = setup.real("importance_beta1");
            List<double[]> result = new ArrayList<>();
            double[] before = new double[setup.sites().size() * setup.blocks()];
            for (double[] now : sensitivity) {
                double[] value = new double[now.length];
                for (int i = 0; i < now.length; i++) {
                    value[i] = (now[i] - decay * before[i]) / (1 - decay);
                }
                result.add(value);
                before = now;
            }
            return result;
        }

        /// Sites that are not collected, because frozen, take the stored number: their scores are 0 whatever
        /// it is.
        private void importance(String quantity, List<double[]> steps) {
            String key = prefix + "task%d.importance.%s".formatted(t, quantity);
            if (!setup.tensors().has(key)) {
                return;
            }
            double[] stored = setup.tensors().get(key).doubles();
            double[] found = steps.stream().flatMapToDouble(Arrays::stream).toArray();
            for (int i = 0; i < found.length; i++) {
                Site site = setup.sites().get(i / setup.blocks() % setup.sites().size());
                found[i] = collected.at(i % setup.blocks(), site) == 0 ? stored[i] : found[i];
            }
            double largest = Arrays.stream(stored).map(Math::abs).max().orElse(0);
            comparison.near(key, found, stored, tolerance("importance and score") * largest);
        }

        private void firstGradients(int batch) {
            String name = "task%d.step0.".formatted(t);
            if (!setup.tensors().has(prefix + name + "logits")) {
                return;
            }
            TensorBundle parts = probe.gradients(DENSE, 0, batch, 0);
            for (Site site : setup.sites()) {
                int stack = SessionProbe.stack(site);
                String grad = name + "grad." + site.wire();
                near(grad + ".A", "grad.A", ofBlocks(parts, "down" + stack, site));
                near(grad + ".B", "grad.B", ofBlocks(parts, "up" + stack, site));
                near(grad + ".omega", "grad.omega", omegas(parts, site, 0, 0));
                stored(grad + ".weight", "grad.<site>.weight", ofBlocks(parts, "dense" + stack, site));
                stored(name + "weight." + site.wire(), "step0.weight.<site>", ofBlocks(parts, "weight" + stack, site));
            }
            int first = recipe.scope().first();
            int own = recipe.scope().count();
            double[] logits = new double[batch * setup.classes()];
            double[] found = parts.get("logits").doubles();
            for (int i = 0; i < batch; i++) {
                System.arraycopy(found, i * own, logits, i * setup.classes() + first, own);
            }
            near(name + "logits", "step0.logits", logits);
            int width = network.shape().width();
            double[] weight = new double[setup.classes() * width];
            double[] bias = new double[setup.classes()];
            System.arraycopy(parts.get("head.weight").doubles(), 0, weight, first * width, own * width);
            System.arraycopy(parts.get("head.bias").doubles(), 0, bias, first, own);
            near(name + "grad.head.weight", "grad.head", weight);
            near(name + "grad.head.bias", "grad.head", bias);
        }

        private void afterFirst() {
            String name = "task%d.after_step0.".formatted(t);
            if (!setup.tensors().has(prefix + name + "head.bias")) {
                return;
            }
            TensorBundle values = probe.values();
            for (Site site : setup.sites()) {
                int stack = SessionProbe.stack(site);
                near(name + site.wire() + ".A", "A", ofBlocks(values, "down" + stack, site));
                near(name + site.wire() + ".B", "B", ofBlocks(values, "up" + stack, site));
                near(name + site.wire() + ".omega", "omega", omegas(values, site, 1, 1));
            }
            head(network, name + "head.", "head", values, recipe.scope().first());
        }

        private double[] ofBlocks(TensorBundle stacks, String name, Site site) {
            return joined(block -> SessionProbe.site(stacks.get(name), site, block));
        }

        /// [pool, block]; adapters from this task on have no coefficient that trains.
        private double[] omegas(TensorBundle stacks, Site site, double current, double later) {
            double[] result = new double[setup.pool() * setup.blocks()];
            for (int j = 0; j < setup.pool(); j++) {
                for (int block = 0; block < setup.blocks(); block++) {
                    double value = j == t ? current : later;
                    if (j < t) {
                        value = stacks.get("omega" + SessionProbe.stack(site))
                                .doubles()[SessionProbe.place(site, block) * t + j];
                    }
                    result[j * setup.blocks() + block] = value;
                }
            }
            return result;
        }

        private void stored(String name, String quantity, double[] found) {
            if (setup.tensors().has(prefix + name)) {
                // stored as float32, so the rounding stays in every mode
                comparison.near(name, found, setup.tensors().get(prefix + name).doubles(), tolerances.get(quantity));
            }
        }
    }

    /// Compares a head, some of whose rows may train now.
    private void head(Network network, String name, String quantity, TensorBundle training, int first) {
        TensorBundle saved = network.heads().save(List.of(new ClassRange(0, setup.classes())));
        double[] weight = saved.get("task1.weight").doubles();
        double[] bias = saved.get("task1.bias").doubles();
        if (training.has("head.weight")) {
            double[] rows = training.get("head.weight").doubles();
            double[] values = training.get("head.bias").doubles();
            System.arraycopy(rows, 0, weight, first * network.shape().width(), rows.length);
            System.arraycopy(values, 0, bias, first, values.length);
        }
        near(name + "weight", quantity, weight);
        near(name + "bias", quantity, bias);
    }

    private double[] joined(IntFunction<HostTensor> ofBlock) {
        List<double[]> parts = new ArrayList<>();
        for (int block = 0; block < setup.blocks(); block++) {
            parts.add(GoldenSetup.transposed(ofBlock.apply(block), 0).doubles());
        }
        return parts.stream().flatMapToDouble(Arrays::stream).toArray();
    }

    private void near(String name, String quantity, double[] found) {
        String key = prefix + name;
        // the first task does not depend on the behaviour, so one file may hold it once
        String stored = setup.tensors().has(key) ? key : key.replace("corrected.", "reference.");
        double unit = quantity.equals("importance and score") ? largest(stored) : 1;
        comparison.near(name, found, setup.tensors().get(stored).doubles(), tolerance(quantity) * unit);
    }

    /// The largest absolute value of a quantity over all sites.
    private double largest(String name) {
        String[] parts = name.split("\\.", -1);
        int at = parts.length - 2;
        double largest = 0;
        for (Site site : setup.sites()) {
            parts[at] = site.wire();
            double[] values = setup.tensors().get(String.join(".", parts)).doubles();
            largest =
                    Math.max(largest, Arrays.stream(values).map(Math::abs).max().orElse(0));
        }
        return largest;
    }

    /// Some files hold one tolerance for several quantities.
    private double tolerance(String quantity) {
        if (quantity.equals("mask")) {
            return 0;
        }
        if (mode.compute() == ElementType.FLOAT64) {
            return EXACT;
        }
        return tolerances.get(
                quantity.equals("orthogonality_loss") && !tolerances.has(quantity) ? "total_loss" : quantity);
    }

    private JsonNode part(String name) {
        return prefix.isEmpty()
                ? setup.json().get(name)
                : setup.json().get(prefix.substring(0, prefix.length() - 1)).path(name);
    }

    private static double f64(JsonNode stored) {
        return stored.isObject() ? stored.get("f64").doubleValue() : stored.doubleValue();
    }

    private static double[] numbers(JsonNode array) {
        return array.valueStream().mapToDouble(JsonNode::doubleValue).toArray();
    }
}
