package dev.palimpsest.methods;

import static dev.palimpsest.methods.QuirkNumbers.largest;
import static dev.palimpsest.methods.QuirkNumbers.norm;
import static dev.palimpsest.methods.QuirkNumbers.number;

import dev.palimpsest.model.AdapterSession;
import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.OptimizerNumbers;
import dev.palimpsest.model.SamplesProbe;
import dev.palimpsest.model.SessionProbe;
import dev.palimpsest.model.SessionSetup;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// Rows about what trains: gates, coefficients, frozen adapters, first values. Compared where the trace is.
final class AdapterQuirks {

    private final JsonNode quirks;
    private final GoldenSetup trace;
    private final QuirkNumbers numbers;

    AdapterQuirks(JsonNode quirks, GoldenSetup trace, QuirkNumbers numbers) {
        this.quirks = quirks;
        this.trace = trace;
        this.numbers = numbers;
    }

    void compare() {
        if (quirks.has("1")) {
            gates(trace, quirks.get("1"));
        }
        if (quirks.has("2")) {
            currentCoefficient(trace, quirks.get("2"));
        }
        wholeTrace(trace);
        if (quirks.has("4")) {
            initialValues(trace, quirks.get("4"));
        }
    }

    /// Row 1: k's new adapter under q's mask.
    private void gates(GoldenSetup setup, JsonNode quirk) {
        String text = quirk.get("case").stringValue();
        int task = number("state task(\\d+)\\.end", text);
        int block = number("block (\\d+)", text);
        int epoch = number("batch \\[\\d+,(\\d+),", text);
        int step = number("batch \\[\\d+,\\d+,(\\d+)\\]", text);
        int i = 0;
        for (JsonNode one : quirk.get("cases")) {
            for (LoracIpc.Fidelity fidelity : LoracIpc.Fidelity.values()) {
                boolean reference = fidelity == LoracIpc.Fidelity.REFERENCE;
                JsonNode stored = one.get(reference ? "reference" : "corrected");
                String name = "1[%d].%s.".formatted(i, reference ? "reference" : "corrected");
                try (GoldenState state = new GoldenState(setup, NumericMode.FP64, task)) {
                    SiteValues mask = SiteValues.of(state.network().shape().depth(), site -> {
                        boolean frozen = site.block() == block
                                && ((site.matrix() == Site.Q
                                                && one.get("q_frozen").booleanValue())
                                        || (site.matrix() == Site.K
                                                && one.get("k_frozen").booleanValue()));
                        return frozen || !state.network().bank().settings().has(site) ? 0 : 1;
                    });
                    TensorBundle parts = gradients(state, fidelity, mask, task, task, epoch, step);
                    numbers.near(
                            name + "classification_loss", parts.get("tally").doubles()[0], stored);
                    numbers.near(name + "orthogonality_loss", parts.get("tally").doubles()[1], stored);
                    for (Site site : List.of(Site.Q, Site.K)) {
                        int stack = SessionProbe.stack(site);
                        String grad = name + "norm_grad_" + site.wire();
                        numbers.near(
                                grad + "_A", norm(SessionProbe.site(parts.get("down" + stack), site, block)), stored);
                        numbers.near(
                                grad + "_B", norm(SessionProbe.site(parts.get("up" + stack), site, block)), stored);
                        numbers.near(grad + "_omega", norm(omegas(parts, site, block, task)), stored);
                        numbers.near(name + "norm_delta_" + site.wire(), change(state, parts, site, block), stored);
                    }
                }
            }
            i++;
        }
    }

    /// What the first step of a task from a stored state would form.
    ///
    /// @param adapters the task whose end the factors and coefficients come from
    private TensorBundle gradients(
            GoldenState state,
            LoracIpc.Fidelity fidelity,
            SiteValues mask,
            int task,
            int adapters,
            int epoch,
            int step) {
        GoldenSetup setup = state.trace();
        Network network = state.network();
        TensorBundle factors = Tensors.copy(network.bank().save());
        TensorBundle start = setup.initialAdapter(task);
        LoracIpc method = new LoracIpc(setup.settings(fidelity));
        // a method that has learned the tasks before, in a bank that grows to this task's adapter
        try (Backbone backbone = setup.backbone(ElementType.FLOAT64);
                Network fresh = setup.network(backbone, NumericMode.FP64);
                ImagePixels images = GoldenSetup.images(fresh, setup.inputs().get("train_images"))) {
            fresh.bank().restore(factors, task);
            double[][] head = SamplesProbe.head(network);
            fresh.heads().set(0, head[0], head[1]);
            method.restore(state.saved(task - 1, mask, null), fresh, setup.tasks(task));
            TaskRecipe recipe = method.beforeTask(new FixedTask(fresh, setup.task(task)));
            TensorBundle bank = new TensorBundle();
            for (String name : fresh.bank().save().names()) {
                boolean stored = adapters == task || !start.has(name);
                bank.put(name, stored ? factors.get(name) : start.get(name));
            }
            fresh.bank().restore(bank, task + 1);
            TrainingView view = Objects.requireNonNull(recipe.view());
            TrainingView.Past past = Objects.requireNonNull(view.past());
            List<SiteValues> omega = IntStream.range(0, task)
                    .mapToObj(j -> state.omega(adapters, j))
                    .toList();
            TrainingView now = new TrainingView(view.folded(), view.gate(), new TrainingView.Past(past.gate(), omega));
            OptimizerNumbers none2 = new OptimizerNumbers(0, 0.9, 0.999, 1e-8, 0, 0, 0);
            long[] labels = setup.inputs().get("train_labels").longs();
            try (AdapterSession session = new AdapterSession(
                    fresh,
                    now,
                    new SessionSetup(images, labels, recipe.trains(), recipe.scope(), none2, recipe.terms(), null))) {
                long[] shape = setup.batches().shape();
                int batch = (int) shape[3];
                int from = (int) (((task * shape[1] + epoch) * shape[2] + step) * batch);
                session.order(Arrays.copyOfRange(setup.batches().longs(), from, from + batch));
                return new SessionProbe(session).gradients(new SessionProbe.Form(true, 0), 0, batch, 0);
            }
        }
    }

    private static double[] omegas(TensorBundle parts, Site site, int block, int count) {
        int place = SessionProbe.place(site, block);
        return Arrays.copyOfRange(
                parts.get("omega" + SessionProbe.stack(site)).doubles(), place * count, (place + 1) * count);
    }

    /// The norm of the change of a weight against the pretrained one.
    private static double change(GoldenState state, TensorBundle parts, Site site, int block) {
        double[] now = SessionProbe.site(parts.get("weight" + SessionProbe.stack(site)), site, block)
                .doubles();
        String fused = "blocks.%d.attn.qkv.weight".formatted(block);
        double[] all = state.trace().weights().get(fused).doubles();
        double[] before = Arrays.copyOfRange(all, site.index() * now.length, (site.index() + 1) * now.length);
        return norm(IntStream.range(0, now.length)
                .mapToDouble(i -> now[i] - before[i])
                .toArray());
    }

    /// Row 2: the coefficient of the current adapter does not train.
    private void currentCoefficient(GoldenSetup setup, JsonNode quirk) {
        String text = quirk.get("case").stringValue();
        int step = number("step (\\d+)", text);
        int task = number("of task (\\d+)", text);
        JsonNode stored = quirk.get("reference");
        try (GoldenState state = new GoldenState(setup, NumericMode.FP64, task - 1)) {
            TensorBundle parts =
                    gradients(state, LoracIpc.Fidelity.REFERENCE, state.mask(task - 1), task, task - 1, 0, step);
            double largest = 0;
            int columns = 0;
            for (int j = 0; j < 4; j++) {
                if (parts.has("omega" + j)) {
                    HostTensor omega = parts.get("omega" + j);
                    columns = (int) omega.shape()[2];
                    largest = Math.max(largest, largest(omega.doubles()));
                }
            }
            numbers.near("2.largest_grad_omega_before_t", largest, stored);
            // past adapters are all that has a coefficient to train
            numbers.comparison().near("2.coefficients of task %d".formatted(task), columns, task, 0);
            numbers.comparison()
                    .near(
                            "2.largest_grad_omega_t",
                            0,
                            stored.get("largest_grad_omega_t").doubleValue(),
                            0);
        }
        double deviation = 0;
        for (int t = 0; t < setup.tasks(); t++) {
            try (GoldenState state = new GoldenState(setup, NumericMode.FP64, t)) {
                double[] row = state.method(LoracIpc.Fidelity.REFERENCE, t, null, 0)
                        .save()
                        .get("bank.task" + (t + 1))
                        .doubles();
                int sites = row.length / (t + 1);
                for (AdapterSite site : state.network().bank().settings().all()) {
                    int place =
                            site.block() * Site.values().length + site.matrix().index();
                    deviation = Math.max(deviation, Math.abs(row[t * sites + place] - 1));
                }
            }
        }
        numbers.comparison()
                .near(
                        "2.largest_deviation_from_1",
                        deviation,
                        stored.get("largest_deviation_from_1").doubleValue(),
                        0);
    }

    /// Rows 3 (norms of the trace) and 6 (what is frozen stays): our own run of the trace.
    private void wholeTrace(GoldenSetup setup) {
        GoldenTrace run = new GoldenTrace(setup, NumericMode.FP64, LoracIpc.Fidelity.REFERENCE, new GoldenComparison());
        run.compare();
        if (quirks.has("3")) {
            JsonNode stored = quirks.get("3").get("trace");
            numbers.near("3.trace.steps", run.norms().size(), stored);
            numbers.near(
                    "3.trace.steps_with_norm_above_1",
                    (double) run.norms().stream().filter(norm -> norm > 1).count(),
                    stored);
            numbers.near(
                    "3.trace.smallest_norm",
                    run.norms().stream().mapToDouble(n -> n).min().orElse(0),
                    stored);
            numbers.near(
                    "3.trace.largest_norm",
                    run.norms().stream().mapToDouble(n -> n).max().orElse(0),
                    stored);
        }
        if (quirks.has("6")) {
            frozenStays(setup, run, quirks.get("6"));
        }
    }

    private void frozenStays(GoldenSetup setup, GoldenTrace run, JsonNode quirk) {
        double changeOfA = 0;
        double largestB = 0;
        int tasks = setup.tasks();
        SiteValues mask = run.masks().getFirst();
        List<String> frozen = new ArrayList<>();
        for (Site site : setup.sites()) {
            for (int block = 0; block < setup.blocks(); block++) {
                if (mask.at(block, site) != 0) {
                    continue;
                }
                frozen.add(site.wire() + block);
                for (int t = 1; t < tasks; t++) {
                    String down = GoldenSetup.name(block, site, "down", t);
                    double[] now = run.adapters().get(down).doubles();
                    double[] before = setup.initialAdapter(t).get(down).doubles();
                    changeOfA = Math.max(
                            changeOfA,
                            largest(IntStream.range(0, now.length)
                                    .mapToDouble(i -> now[i] - before[i])
                                    .toArray()));
                    largestB = Math.max(
                            largestB,
                            largest(run.adapters()
                                    .get(GoldenSetup.name(block, site, "up", t))
                                    .doubles()));
                }
            }
        }
        List<String> stored = quirk.get("frozen")
                .valueStream()
                .map(pair -> pair.get(0).stringValue() + pair.get(1).intValue())
                .toList();
        numbers.comparison().near("6.frozen", frozen.equals(stored) ? 1 : 0, 1, 0);
        numbers.near("6.largest_change_of_A_1_A_2", changeOfA, quirk.get("reference"));
        numbers.near("6.largest_abs_B_1_B_2", largestB, quirk.get("reference"));
    }

    /// Row 4: A is uniform within one over the root of the rank.
    private void initialValues(GoldenSetup setup, JsonNode quirk) {
        JsonNode stored = quirk.get("reference");
        double largest = 0;
        double norms = 0;
        int columns = 0;
        try (Backbone backbone = setup.backbone(ElementType.FLOAT64);
                Network network = setup.network(backbone, NumericMode.FP64)) {
            for (int t = 0; t < 40; t++) {
                network.bank().grow(1000 + t);
            }
            TensorBundle adapters = Tensors.copy(network.bank().save());
            int wide = network.shape().width();
            for (String name : adapters.names()) {
                HostTensor factor = adapters.get(name);
                if (!name.contains(".down.") || factor.shape()[1] != wide) {
                    continue;
                }
                largest = Math.max(largest, largest(factor.doubles()));
                for (int r = 0; r < factor.shape()[0]; r++) {
                    norms += norm(Arrays.copyOfRange(factor.doubles(), r * wide, (r + 1) * wide));
                    columns++;
                }
            }
        }
        numbers.comparison().near("4.bound", largest, stored.get("bound").doubleValue(), 1e-3);
        String mean = "column_norm_mean_in_" + setup.number("dim");
        numbers.comparison().near("4." + mean, norms / columns, stored.get(mean).doubleValue(), 0.02);
        numbers.comparison()
                .near(
                        "4.column_norm_expected",
                        norms / columns,
                        stored.get("column_norm_expected").doubleValue(),
                        0.02);
    }
}
