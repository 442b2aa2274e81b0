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
/// through the network in chunks of one fixed size. The one exception is asked for by name,
/// [Inference.ByBatchMajority].
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

    /// Images of one task that are asked, and which task each seems to be from.
    ///
    /// @param name of the set in the cache
    /// @param inferred filled by an inference of the task
    @SuppressWarnings("ArrayRecordComponent") // filled in place; never compared
    private record Asked(String name, ImageSource source, int[] rows, int[] inferred) {

        static Asked of(LearningTask task, ImageSource source, boolean validation) {
            int[] rows = validation ? task.validation() : task.test();
            return new Asked((validation ? "validation" : "test") + task.index(), source, rows, new int[rows.length]);
        }

        int count() {
            return rows.length;
        }
    }

    MeasuredRow evaluate(Inference inference, List<LearningTask> tasks, boolean validation) {
        LearningTask last = tasks.getLast();
        int seen = last.firstClass() + last.classCount();
        int outputs = network.heads().classes();
        boolean shared = tasks.size() > 1 && tasks.get(1).firstClass() == 0;
        boolean infers = !(inference instanceof Inference.Latest);
        RowCounts counts = new RowCounts(tasks, inference.masksUnseen() ? seen : outputs, shared, infers);
        Map<Integer, Weights> composed = new HashMap<>();
        ImageSource source = validation ? pictures.train() : pictures.test();
        try {
            for (LearningTask task : tasks) {
                Asked asked = Asked.of(task, source, validation);
                double[] logits = asked.count() == 0 ? new double[0] : logits(features(inference, asked, composed));
                counts.add(task, logits, outputs, task.targets(source, asked.rows()), asked.inferred());
            }
        } finally {
            composed.values().forEach(Weights::close);
        }
        return counts.row();
    }

    /// Features by which each image is classified. Shape [rows, D].
    private double[] features(Inference inference, Asked asked, Map<Integer, Weights> composed) {
        return switch (inference) {
            case Inference.Latest latest -> {
                EvaluationCache.Images images = new EvaluationCache()
                        .of(asked.name(), asked.count(), network.shape().width());
                compute(images, LATEST, latest.view(), all(asked.count()), asked, composed);
                yield assembled(images, i -> LATEST, asked.count());
            }
            case Inference.ByInferredTask each -> ofSnapshots(each, 1, asked, composed);
            case Inference.ByBatchMajority vote -> ofSnapshots(vote.each(), vote.batchSize(), asked, composed);
        };
    }

    /// Features under the snapshots of the inferred tasks. Shape [rows, D].
    ///
    /// @param voters images that decide together by majority; 1 for each by itself
    private double[] ofSnapshots(
            Inference.ByInferredTask inference, int voters, Asked asked, Map<Integer, Weights> composed) {
        int width = network.shape().width();
        EvaluationCache.Images images = cache.of(asked.name(), asked.count(), width);
        List<AdapterView> snapshots = inference.snapshots();
        compute(images, 0, snapshots.getFirst(), all(asked.count()), asked, composed);
        int known = inference.statistics().classes();
        if (images.classes() < known) {
            double[] first = assembled(images, i -> 0, asked.count());
            images.nearer(inference.statistics().distances(first, width, images.classes()), known - images.classes());
        }
        for (int i = 0; i < asked.count(); i++) {
            asked.inferred()[i] = inference.statistics().task(images.nearest(i));
        }
        int[] decided = MajorityVote.decide(asked.inferred(), voters);
        for (int j = 1; j < snapshots.size(); j++) {
            int snapshot = j;
            int[] group = Arrays.stream(all(asked.count()))
                    .filter(i -> decided[i] == snapshot)
                    .toArray();
            compute(images, j, snapshots.get(j), group, asked, composed);
        }
        return assembled(images, i -> decided[i], asked.count());
    }

    /// Computes the features of those images that are not known under a snapshot.
    private void compute(
            EvaluationCache.Images images,
            int snapshot,
            AdapterView view,
            int[] group,
            Asked asked,
            Map<Integer, Weights> composed) {
        int[] missing =
                Arrays.stream(group).filter(i -> !images.knows(snapshot, i)).toArray();
        if (missing.length == 0) {
            return;
        }
        Weights weights = composed.computeIfAbsent(snapshot, j -> network.compose(view));
        for (int from = 0; from < missing.length; from += batchSize) {
            int[] part = Arrays.copyOfRange(missing, from, Math.min(missing.length, from + batchSize));
            int[] wanted = Arrays.stream(part).map(i -> asked.rows()[i]).toArray();
            try (ImagePixels pixels = pictures.load(network, asked.source(), wanted, stop)) {
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
