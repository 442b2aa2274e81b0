package dev.palimpsest.methods;

import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import java.util.function.ToDoubleBiFunction;
import org.jspecify.annotations.Nullable;

/// A network and a method as a trace stores them at the end of a task; nothing is trained here.
final class GoldenState implements AutoCloseable {

    private final GoldenSetup trace;
    private final String prefix;
    private final Backbone backbone;
    private final Network network;

    /// The network with the adapters and the head after a task.
    GoldenState(GoldenSetup trace, NumericMode mode, int task) {
        this.trace = trace;
        this.prefix = trace.json().has("reference") ? "reference." : "";
        ElementType master = mode.compute() == ElementType.FLOAT64 ? ElementType.FLOAT64 : ElementType.FLOAT32;
        this.backbone = trace.backbone(master);
        this.network = trace.network(backbone, mode);
        TensorBundle adapters = new TensorBundle();
        for (int t = 0; t <= task; t++) {
            adapters.putAll("", trace.adapter(trace.tensors(), end(t), t));
        }
        network.bank().restore(adapters, task + 1);
        head(task);
    }

    private String end(int task) {
        return "%stask%d.end.".formatted(prefix, task);
    }

    /// Puts the head as it was after a task.
    void head(int task) {
        network.heads()
                .set(
                        0,
                        trace.tensors().get(end(task) + "head.weight").doubles(),
                        trace.tensors().get(end(task) + "head.bias").doubles());
    }

    GoldenSetup trace() {
        return trace;
    }

    Network network() {
        return network;
    }

    GoldenEvaluation evaluation() {
        return new GoldenEvaluation(trace, network);
    }

    /// The method after a task.
    ///
    /// @param inference statistics of the task inference as they are saved, or null for none
    /// @param clusters a class
    LoracIpc method(LoracIpc.Fidelity fidelity, int task, @Nullable TensorBundle inference, int clusters) {
        LoracIpc.Settings plain = trace.settings(fidelity);
        LoracIpc.Settings settings = new LoracIpc.Settings(
                fidelity,
                plain.adapters(),
                plain.orthogonalityWeight(),
                plain.pastCoefficientRateScale(),
                plain.firstTaskLearningRate(),
                plain.freezeFraction(),
                plain.freezeCountOver(),
                plain.sensitivityDecay(),
                plain.uncertaintyDecay(),
                null,
                inference == null ? null : new LoracIpc.TaskInference(clusters));
        LoracIpc method = new LoracIpc(settings);
        method.restore(saved(task, mask(task), inference), network, trace.tasks(task + 1));
        return method;
    }

    /// 1 free, 0 frozen, as it stands after a task.
    SiteValues mask(int task) {
        return values((site, block) ->
                trace.tensors().get(end(task) + site.wire() + ".mask").doubles()[task * trace.blocks() + block]);
    }

    /// The coefficient of adapter j after a task, without the scale.
    SiteValues omega(int task, int j) {
        return values((site, block) ->
                trace.tensors().get(end(task) + site.wire() + ".omega").doubles()[j * trace.blocks() + block]);
    }

    /// What the method saves after a task.
    TensorBundle saved(int task, SiteValues mask, @Nullable TensorBundle inference) {
        TensorBundle saved = new TensorBundle();
        int depth = network.shape().depth();
        int sites = Site.values().length;
        saved.put("mask", HostTensor.ofDoubles(mask.toArray(), 1, depth, sites));
        saved.put("scores", HostTensor.ofDoubles(new double[depth * sites], 1, depth, sites));
        for (int t = 0; t <= task; t++) {
            double[] rows = new double[(t + 1) * depth * sites];
            for (int j = 0; j <= t; j++) {
                System.arraycopy(omega(t, j).toArray(), 0, rows, j * depth * sites, depth * sites);
            }
            saved.put("bank.task" + (t + 1), HostTensor.ofDoubles(rows, t + 1, depth, sites));
        }
        if (inference != null) {
            saved.putAll("inference.", inference);
        }
        return saved;
    }

    private SiteValues values(ToDoubleBiFunction<Site, Integer> value) {
        return SiteValues.of(
                network.shape().depth(),
                site -> network.bank().settings().has(site) ? value.applyAsDouble(site.matrix(), site.block()) : 0);
    }

    @Override
    public void close() {
        network.close();
        backbone.close();
    }
}
