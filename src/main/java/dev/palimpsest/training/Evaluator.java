package dev.palimpsest.training;

import dev.palimpsest.data.ImageSource;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.Weights;
import dev.palimpsest.torch.TensorScope;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/// Measures one row of counts. An image's decision does not depend on what else is evaluated: images go
/// through the network in chunks of one fixed size.
///
/// With task inference every image is classified by the network as it was after the task it seems to be from:
/// images are grouped by inferred task, and a feature that is known is not computed again.
final class Evaluator {

    /// Images of one forward pass; small chunks stay in the caches of a core.
    static final int CHUNK = 16;

    /// Key of the features of a view that may change: never kept.
    private static final int LATEST = -1;

    private final Network network;
    private final Pictures pictures;
    private final int batchSize;
    private final StopRequest stop;
    private final EvaluationCache cache = new EvaluationCache();

    /// @param batchSize images decoded at once
    Evaluator(Network network, Pictures pictures, int batchSize, StopRequest stop) {
        this.network = network;
        this.pictures = pictures;
        this.batchSize = batchSize;
        this.stop = stop;
    }

    MeasuredRow evaluate(Inference inference, List<LearningTask> tasks, boolean validation) {
        LearningTask last = tasks.getLast();
        int seen = last.firstClass() + last.classCount();
        int outputs = network.heads().classes();
        boolean shared = tasks.size() > 1 && tasks.get(1).firstClass() == 0;
        boolean infers = inference instanceof Inference.ByInferredTask;
        RowCounts counts = new RowCounts(tasks, inference.masksUnseen() ? seen : outputs, shared, infers);
        Map<Integer, Weights> composed = new HashMap<>();
        try {
            for (LearningTask task : tasks) {
                ImageSource source = validation ? pictures.train() : pictures.test();
                int[] rows = validation ? task.validation() : task.test();
                int[] inferred = new int[rows.length];
                double[] features = features(inference, task, source, rows, validation, composed, inferred);
                counts.add(task, logits(features), outputs, task.targets(source, rows), inferred);
            }
        } finally {
            composed.values().forEach(Weights::close);
        }
        return counts.row();
    }

    /// Features by which each image is classified. Shape [rows, D].
    private double[] features(
            Inference inference,
            LearningTask task,
            ImageSource source,
            int[] rows,
            boolean validation,
            Map<Integer, Weights> composed,
            int[] inferred) {
        int width = network.shape().width();
        String set = (validation ? "validation" : "test") + task.index();
        return switch (inference) {
            case Inference.Latest latest -> {
                EvaluationCache.Images images = new EvaluationCache().of(set, rows.length, width);
                compute(images, LATEST, latest.view(), all(rows.length), source, rows, composed);
                yield assembled(images, i -> LATEST, rows.length);
            }
            case Inference.ByInferredTask byTask -> {
                EvaluationCache.Images images = cache.of(set, rows.length, width);
                List<AdapterView> snapshots = byTask.snapshots();
                compute(images, 0, snapshots.getFirst(), all(rows.length), source, rows, composed);
                int known = byTask.statistics().classes();
                if (images.classes() < known) {
                    double[] first = assembled(images, i -> 0, rows.length);
                    images.nearer(
                            byTask.statistics().distances(first, width, images.classes()), known - images.classes());
                }
                for (int i = 0; i < rows.length; i++) {
                    inferred[i] = byTask.statistics().task(images.nearest(i));
                }
                for (int j = 1; j < snapshots.size(); j++) {
                    int snapshot = j;
                    int[] group = Arrays.stream(all(rows.length))
                            .filter(i -> inferred[i] == snapshot)
                            .toArray();
                    compute(images, j, snapshots.get(j), group, source, rows, composed);
                }
                yield assembled(images, i -> inferred[i], rows.length);
            }
        };
    }

    /// Computes the features of those images that are not known under a snapshot.
    private void compute(
            EvaluationCache.Images images,
            int snapshot,
            AdapterView view,
            int[] group,
            ImageSource source,
            int[] rows,
            Map<Integer, Weights> composed) {
        int[] missing =
                Arrays.stream(group).filter(i -> !images.knows(snapshot, i)).toArray();
        if (missing.length == 0) {
            return;
        }
        Weights weights = composed.computeIfAbsent(snapshot, j -> network.compose(view));
        for (int from = 0; from < missing.length; from += batchSize) {
            int[] part = Arrays.copyOfRange(missing, from, Math.min(missing.length, from + batchSize));
            int[] wanted = Arrays.stream(part).map(i -> rows[i]).toArray();
            try (ImagePixels pixels = pictures.load(network, source, wanted, stop)) {
                double[] features = features(network, pixels, weights, stop);
                for (int i = 0; i < part.length; i++) {
                    images.put(snapshot, part[i], features, i);
                }
            }
        }
    }

    /// Features of all pictures of a store. Shape [M, D].
    static double[] features(Network network, ImagePixels pixels, Weights weights, StopRequest stop) {
        int width = network.shape().width();
        double[] result = new double[pixels.count() * width];
        for (int from = 0; from < pixels.count(); from += CHUNK) {
            StoppedException.checkNot(stop);
            long[] chunk = new long[Math.min(CHUNK, pixels.count() - from)];
            for (int i = 0; i < chunk.length; i++) {
                chunk[i] = (long) from + i;
            }
            try (TensorScope scope = new TensorScope(network.runtime())) {
                double[] rows =
                        network.features(scope, pixels, chunk, weights, CHUNK).doubles();
                System.arraycopy(rows, 0, result, from * width, rows.length);
            }
        }
        return result;
    }

    private double[] logits(double[] features) {
        int width = network.shape().width();
        try (TensorScope scope = new TensorScope(network.runtime())) {
            return network.logits(scope, features, features.length / width, CHUNK)
                    .doubles();
        }
    }

    private double[] assembled(EvaluationCache.Images images, IntUnaryOperator snapshot, int count) {
        double[] result = new double[count * network.shape().width()];
        for (int i = 0; i < count; i++) {
            images.copy(snapshot.applyAsInt(i), i, result, i);
        }
        return result;
    }

    private static int[] all(int count) {
        return IntStream.range(0, count).toArray();
    }
}
