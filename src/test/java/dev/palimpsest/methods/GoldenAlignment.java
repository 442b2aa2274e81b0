package dev.palimpsest.methods;

import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SamplesProbe;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.TinyNetworks;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.support.Tolerances;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Classifier alignment from stored features, clusters, noise and samples: what is drawn is an input here, and k-means
/// is not repeated (`golden/lorac-ipc/README.md`, classifier-alignment).
final class GoldenAlignment {

    private final GoldenSetup setup;
    private final NumericMode mode;
    private final GoldenComparison comparison;

    GoldenAlignment(GoldenSetup setup, NumericMode mode, GoldenComparison comparison) {
        this.setup = setup;
        this.mode = mode;
        this.comparison = comparison;
    }

    void compare() {
        comparison.run(mode.name());
        for (String name : setup.json().get("runs").propertyNames()) {
            if (setup.trace().isPresent()) {
                try (GoldenState state = state(name)) {
                    run(name, state.network(), state).compare();
                }
            } else {
                compareAlone(name);
            }
        }
    }

    /// Without its trace there is no network that gave the features; any of their width aligns the head.
    private void compareAlone(String name) {
        int width = (int) setup.tensors().get(name + ".noise_epoch0").shape()[1];
        int classes = (int) setup.tensors().get(name + ".head_before.bias").shape()[0];
        ElementType master = mode.compute() == ElementType.FLOAT64 ? ElementType.FLOAT64 : ElementType.FLOAT32;
        try (Backbone backbone = TinyNetworks.backboneOfWidth(TestPrograms.RUNTIME, master, width);
                Network network = TinyNetworks.network(
                        TestPrograms.RUNTIME, backbone, new AdapterSettings(1, Set.of(), 0, 1), classes, mode)) {
            network.heads()
                    .set(
                            0,
                            setup.tensors().get(name + ".head_before.weight").doubles(),
                            setup.tensors().get(name + ".head_before.bias").doubles());
            run(name, network, null).compare();
        }
    }

    /// How much of its pool an alignment uses.
    record Pool(double rows, double used, double iterations) {}

    Pool pool(String run) {
        try (GoldenState state = state(run)) {
            return run(run, state.network(), state).pool();
        }
    }

    /// How far an alignment moves the head: the norm of the change of its weights.
    double changeOfHead(String run) {
        try (GoldenState state = state(run)) {
            double[][] before = SamplesProbe.head(state.network());
            run(run, state.network(), state).compareSteps();
            double[][] after = SamplesProbe.head(state.network());
            double squares = 0;
            for (int i = 0; i < before[0].length; i++) {
                squares += Math.pow(after[0][i] - before[0][i], 2);
            }
            return Math.sqrt(squares);
        }
    }

    private GoldenAlignmentRun run(String name, Network network, @Nullable GoldenState state) {
        return new GoldenAlignmentRun(
                setup, new GoldenMode(mode, Tolerances.of(setup.golden())), comparison, name, network, state);
    }

    private GoldenState state(String run) {
        GoldenSetup trace = setup.trace().orElseThrow(() -> new IllegalStateException("alignment needs its trace"));
        return new GoldenState(
                trace, mode, setup.json().get("runs").get(run).get("task").intValue());
    }

    /// Features of the training images of each class by the snapshot of its own task.
    static double[] networkFeatures(GoldenState state, int task) {
        LoracIpc[] methods = IntStream.rangeClosed(0, task)
                .mapToObj(t -> state.method(LoracIpc.Fidelity.REFERENCE, t, null, 0))
                .toArray(LoracIpc[]::new);
        HostTensor images = state.trace().inputs().get("train_images");
        long[] labels = state.trace().inputs().get("train_labels").longs();
        List<double[]> parts = new ArrayList<>();
        for (int t = 0; t <= task; t++) {
            AdapterView view = ((Inference.Latest) methods[t].inference()).view();
            double[] all = state.evaluation().features(view, images);
            int first = state.trace().task(t).firstClass();
            int width = all.length / labels.length;
            for (int c = first; c < first + state.trace().classesPerTask(); c++) {
                for (int i = 0; i < labels.length; i++) {
                    if (labels[i] == c) {
                        parts.add(Arrays.copyOfRange(all, i * width, (i + 1) * width));
                    }
                }
            }
        }
        return parts.stream().flatMapToDouble(Arrays::stream).toArray();
    }
}
