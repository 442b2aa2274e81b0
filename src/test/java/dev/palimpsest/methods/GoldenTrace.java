package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.model.AdapterSession;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.LossTerm;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.OptimizerNumbers;
import dev.palimpsest.model.SessionSetup;
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
import tools.jackson.databind.JsonNode;

/// LoRAC-IPC on the batches of a recorded run of the published code, compared step by step with what is
/// stored.
final class GoldenTrace {

    private final GoldenSetup setup;
    private final NumericMode mode;
    private final LoracIpc.Fidelity fidelity;
    private final GoldenTraceNumbers numbers;
    private final GoldenTaskEnd ends;
    private final List<Double> norms = new ArrayList<>();
    private TensorBundle end = new TensorBundle();

    /// A run that has not started.
    ///
    /// @param mode `fp64`, compared with 1e-10, or another, compared with the stored tolerances
    GoldenTrace(GoldenSetup setup, NumericMode mode, LoracIpc.Fidelity fidelity, GoldenComparison comparison) {
        this.setup = setup;
        this.mode = mode;
        this.fidelity = fidelity;
        this.numbers = new GoldenTraceNumbers(setup, mode, fidelity, comparison);
        this.ends = new GoldenTaskEnd(setup, numbers);
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
        ElementType master = mode.compute() == ElementType.FLOAT64 ? ElementType.FLOAT64 : ElementType.FLOAT32;
        try (Backbone backbone = setup.backbone(master);
                Network network = setup.network(backbone, mode);
                ImagePixels images = GoldenSetup.images(network, setup.inputs().get("train_images"))) {
            setup.beginHeads(network);
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
        return ends.masks();
    }

    /// The adapters after the last task.
    TensorBundle adapters() {
        return end;
    }

    private LoracIpc learn(Network network, ImagePixels images, LoracIpc method, int t) {
        FixedTask task = new FixedTask(network, setup.task(t));
        TaskRecipe recipe = method.beforeTask(task);
        setup.begin(network, t);
        TrainingView view = Objects.requireNonNull(recipe.view());
        TaskRecipe.Collect collect = Objects.requireNonNull(recipe.collect());
        OptimizerNumbers adam = new OptimizerNumbers(0, 0.9, 0.999, 1e-8, 0, 0, setup.real("clip"));
        long[] labels = setup.inputs().get("train_labels").longs();
        SessionSetup session =
                new SessionSetup(images, labels, recipe.trains(), recipe.scope(), adam, recipe.terms(), collect.how());
        try (AdapterSession training = new AdapterSession(network, view, session)) {
            LossTerm.Orthogonality term =
                    (LossTerm.Orthogonality) recipe.terms().getFirst();
            SiteValues collected = reference() ? SiteValues.all(network.shape().depth(), 1) : term.free();
            norms.addAll(new GoldenSteps(setup, numbers, network, training, recipe, collected, t).run());
            task.learned(training.finish());
        }
        assertThat(method.afterTask(task)).as("phases, none asked for").isEmpty();
        LoracIpc next = forced(network, method, t);
        MeasuredRow row = new GoldenEvaluation(setup, network).counts(next.inference(), setup.tasks(t + 1));
        ends.compare(network, next, t, row);
        return next;
    }

    /// The method under the mask that the case puts in place of its own, where it does.
    private LoracIpc forced(Network network, LoracIpc method, int t) {
        TensorBundle saved = method.save();
        SiteValues score = SiteValues.ofArray(saved.get("scores").doubles());
        JsonNode forced = ends.forced(t);
        if (forced.isMissingNode()) {
            ends.decided(SiteValues.ofArray(saved.get("mask").doubles()), score);
            return method;
        }
        SiteValues mask = SiteValues.of(
                network.shape().depth(),
                site -> network.bank().settings().has(site)
                        ? forced.get(site.matrix().wire()).get(site.block()).doubleValue()
                        : 0);
        ends.decided(mask, score);
        TensorBundle changed = new TensorBundle();
        for (String name : saved.names()) {
            HostTensor values = saved.get(name);
            changed.put(name, name.equals("mask") ? HostTensor.ofDoubles(mask.toArray(), values.shape()) : values);
        }
        LoracIpc next = new LoracIpc(setup.settings(fidelity));
        next.restore(changed, network, setup.tasks(t + 1));
        return next;
    }
}
