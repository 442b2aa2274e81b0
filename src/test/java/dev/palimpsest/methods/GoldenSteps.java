package dev.palimpsest.methods;

import dev.palimpsest.model.AdapterSession;
import dev.palimpsest.model.LossTerm;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SessionProbe;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.StepTally;
import dev.palimpsest.support.OneStep;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/// The steps of one task on its recorded batches, compared one by one.
final class GoldenSteps {

    /// As the published code: dense gradients of all sites, frozen ones included.
    private static final SessionProbe.Form DENSE = new SessionProbe.Form(true, 2);

    private final GoldenSetup setup;
    private final GoldenTraceNumbers numbers;

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
    private final List<Double> norms = new ArrayList<>();

    /// @param collected sites whose importance is gathered
    GoldenSteps(
            GoldenSetup setup,
            GoldenTraceNumbers numbers,
            Network network,
            AdapterSession session,
            TaskRecipe recipe,
            SiteValues collected,
            int t) {
        this.setup = setup;
        this.numbers = numbers;
        this.network = network;
        this.session = session;
        this.recipe = recipe;
        this.collected = collected;
        this.t = t;
        this.probe = new SessionProbe(session);
        this.epochs = (int) setup.batches().shape()[1];
        this.perEpoch = (int) setup.batches().shape()[2];
    }

    /// The gradient norms before clipping.
    List<Double> run() {
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
        return List.copyOf(norms);
    }

    private void step(int i, int batch) {
        JsonNode stored = numbers.part("steps").get(t * epochs * perEpoch + i);
        String name = "task%d.steps[%d].".formatted(t, i);
        StepRates rates = rates(i / perEpoch);
        numbers.comparison()
                .near(
                        name + "learning_rate",
                        rates.adapters(),
                        stored.get("learning_rate").doubleValue(),
                        1e-15);
        numbers.comparison()
                .near(
                        name + "omega_learning_rate",
                        rates.pastCoefficients(),
                        stored.get("omega_learning_rate").doubleValue(),
                        1e-15);

        StepTally tally = OneStep.of(session, 0, batch, 0, rates, true);

        numbers.scalar(
                name,
                "classification_loss",
                Objects.requireNonNull(tally.terms().get(StepTally.CROSS_ENTROPY)),
                stored);
        numbers.scalar(
                name,
                "orthogonality_loss",
                Objects.requireNonNull(tally.terms().get(LossTerm.Orthogonality.NAME)),
                stored);
        numbers.scalar(name, "total_loss", tally.loss(), stored);
        numbers.scalar(name, "gradient_norm", tally.gradientNorm(), stored);
        norms.add(tally.gradientNorm());
        TensorBundle state = session.save();
        sensitivity.add(ofSites(state, "sensitivity"));
        uncertainty.add(ofSites(state, "uncertainty"));
    }

    private StepRates rates(int epoch) {
        Schedule schedule = setup.schedule();
        Double own = recipe.rates().learningRate();
        double base = own == null ? setup.rate() : own;
        double omegas = base * recipe.rates().pastCoefficientScale();
        double rate = schedule.rate(base, epoch, epochs);
        return new StepRates(rate, schedule.rate(omegas, epoch, epochs), rate);
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
        String key = "task%d.importance.%s".formatted(t, quantity);
        if (!numbers.has(key)) {
            return;
        }
        double[] stored = numbers.stored(key);
        double[] found = steps.stream().flatMapToDouble(Arrays::stream).toArray();
        for (int i = 0; i < found.length; i++) {
            Site site = setup.sites().get(i / setup.blocks() % setup.sites().size());
            found[i] = collected.at(i % setup.blocks(), site) == 0 ? stored[i] : found[i];
        }
        double largest = Arrays.stream(stored).map(Math::abs).max().orElse(0);
        numbers.comparison().near(key, found, stored, numbers.tolerance("importance and score") * largest);
    }

    private void firstGradients(int batch) {
        String name = "task%d.step0.".formatted(t);
        if (!numbers.has(name + "logits")) {
            return;
        }
        TensorBundle parts = probe.gradients(DENSE, 0, batch, 0);
        for (Site site : setup.sites()) {
            int stack = SessionProbe.stack(site);
            String grad = name + "grad." + site.wire();
            numbers.near(grad + ".A", "grad.A", ofBlocks(parts, "down" + stack, site));
            numbers.near(grad + ".B", "grad.B", ofBlocks(parts, "up" + stack, site));
            numbers.near(grad + ".omega", "grad.omega", omegas(parts, site, 0, 0));
            numbers.rounded(grad + ".weight", "grad.<site>.weight", ofBlocks(parts, "dense" + stack, site));
            numbers.rounded(
                    name + "weight." + site.wire(), "step0.weight.<site>", ofBlocks(parts, "weight" + stack, site));
        }
        int first = recipe.scope().first();
        int own = recipe.scope().count();
        double[] logits = new double[batch * setup.classes()];
        double[] found = parts.get("logits").doubles();
        for (int i = 0; i < batch; i++) {
            System.arraycopy(found, i * own, logits, i * setup.classes() + first, own);
        }
        numbers.near(name + "logits", "step0.logits", logits);
        int width = network.shape().width();
        double[] weight = new double[setup.classes() * width];
        double[] bias = new double[setup.classes()];
        System.arraycopy(parts.get("head.weight").doubles(), 0, weight, first * width, own * width);
        System.arraycopy(parts.get("head.bias").doubles(), 0, bias, first, own);
        numbers.near(name + "grad.head.weight", "grad.head", weight);
        numbers.near(name + "grad.head.bias", "grad.head", bias);
    }

    private void afterFirst() {
        String name = "task%d.after_step0.".formatted(t);
        if (!numbers.has(name + "head.bias")) {
            return;
        }
        TensorBundle values = probe.values();
        for (Site site : setup.sites()) {
            int stack = SessionProbe.stack(site);
            numbers.near(name + site.wire() + ".A", "A", ofBlocks(values, "down" + stack, site));
            numbers.near(name + site.wire() + ".B", "B", ofBlocks(values, "up" + stack, site));
            numbers.near(name + site.wire() + ".omega", "omega", omegas(values, site, 1, 1));
        }
        numbers.head(network, name + "head.", "head", values, recipe.scope().first());
    }

    private double[] ofBlocks(TensorBundle stacks, String name, Site site) {
        return numbers.joined(block -> SessionProbe.site(stacks.get(name), site, block));
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
}
