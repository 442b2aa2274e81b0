package dev.palimpsest.training;

import dev.palimpsest.data.ImageSource;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.memory.InferenceStatistics;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.NonFiniteException;
import dev.palimpsest.model.Weights;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/// Measures one row of counts. An image's decision does not depend on what else is evaluated: images go
/// through the network in chunks of one fixed size. The one exception is asked for by name,
/// [Inference.ByBatchMajority].
///
/// With task inference every image is classified by the network as it was after the task it seems to be from:
/// images are grouped by inferred task, and a feature that is known is not computed again.
final class Evaluator implements AutoCloseable {

    /// Key of the features of a view that may change: never kept.
    private static final int LATEST = -1;

    /// Images whose features stand in the Java heap at once.
    private static final int PIECE = 1024;

    private final Network network;
    private final Pictures pictures;
    private final Scenario scenario;
    private final int batchSize;
    private final StopRequest stop;
    private final EvaluationCache cache;

    /// @param scenario of the plan
    /// @param batchSize images decoded at once, cut to whole chunks
    Evaluator(Network network, Pictures pictures, Scenario scenario, int batchSize, StopRequest stop) {
        this.network = network;
        this.pictures = pictures;
        this.scenario = scenario;
        this.batchSize = batchSize;
        this.stop = stop;
        this.cache = cache();
    }

    private EvaluationCache cache() {
        return new EvaluationCache(network.runtime(), network.chunk());
    }

    /// Images of one task that are asked.
    ///
    /// @param inferred which task each seems to be from; filled by an inference of the task
    /// @param snapshots by which snapshot's features each is classified
    @SuppressWarnings("ArrayRecordComponent") // filled in place; never compared
    private record Asked(EvaluationCache.Images images, int[] rows, int[] inferred, int[] snapshots) {

        Asked(EvaluationCache.Images images, int[] rows) {
            this(images, rows, new int[rows.length], new int[rows.length]);
        }
    }

    /// An image whose features are wanted.
    private record Place(Asked asked, int image) {

        int row() {
            return asked.rows[image];
        }
    }

    MeasuredRow evaluate(Inference inference, List<LearningTask> tasks, EvaluationData data) {
        if (!(inference instanceof Inference.Latest)) {
            return evaluate(inference, tasks, data, cache);
        }
        try (EvaluationCache once = cache()) {
            return evaluate(inference, tasks, data, once);
        }
    }

    private MeasuredRow evaluate(
            Inference inference, List<LearningTask> tasks, EvaluationData data, EvaluationCache known) {
        LearningTask last = tasks.getLast();
        int seen = last.firstClass() + last.classCount();
        int outputs = network.heads().classes();
        boolean infers = !(inference instanceof Inference.Latest);
        RowCounts counts = new RowCounts(tasks, inference.masksUnseen() ? seen : outputs, scenario, infers);
        ImageSource source = switch (data) {
            case TEST -> pictures.test();
            case VALIDATION -> pictures.train();
        };
        List<Asked> sets = new ArrayList<>();
        for (LearningTask task : tasks) {
            int[] rows = rows(task, data);
            String name = data.wireName() + task.index();
            sets.add(new Asked(known.of(name, rows.length), rows));
        }
        switch (inference) {
            case Inference.Latest latest -> {
                sets.forEach(asked -> Arrays.fill(asked.snapshots, LATEST));
                compute(LATEST, latest.view(), sets, source, known);
            }
            case Inference.OfCopy of -> throw new IllegalArgumentException("a copy is measured by itself, got " + of);
            case Inference.ByInferredTask each -> infer(each, 1, sets, source);
            case Inference.ByBatchMajority vote -> infer(vote.each(), vote.batchSize(), sets, source);
        }
        for (int t = 0; t < sets.size(); t++) {
            LearningTask task = tasks.get(t);
            Asked asked = sets.get(t);
            RowCounts.Task counted = counts.begin(task, asked.rows);
            int[] targets = task.targets(source, asked.rows);
            pieces(asked, asked.snapshots, (from, features) -> {
                int end = from + features.length / network.shape().width();
                counted.add(
                        logits(features),
                        outputs,
                        Arrays.copyOfRange(targets, from, end),
                        Arrays.copyOfRange(asked.inferred, from, end));
            });
            counted.end();
        }
        return counts.row();
    }

    static int[] rows(LearningTask task, EvaluationData data) {
        return switch (data) {
            case TEST -> task.test();
            case VALIDATION -> task.validation();
        };
    }

    /// Infers tasks from the features of the first snapshot and computes those of the inferred tasks' snapshots.
    ///
    /// @param voters images that decide together by majority; 1 for each by itself
    private void infer(Inference.ByInferredTask inference, int voters, List<Asked> sets, ImageSource source) {
        compute(0, inference.snapshots().getFirst(), sets, source, cache);
        InferenceStatistics statistics = inference.statistics();
        for (Asked asked : sets) {
            EvaluationCache.Images images = asked.images;
            int known = images.classes();
            if (known < statistics.classes()) {
                int width = network.shape().width();
                pieces(
                        asked,
                        new int[asked.rows.length],
                        (from, features) -> images.nearer(
                                from, statistics.distances(features, width, known), statistics.classes() - known));
                images.compared(statistics.classes());
            }
            for (int i = 0; i < asked.rows.length; i++) {
                asked.inferred[i] = statistics.task(images.nearest(i));
            }
            int[] decided = MajorityVote.decide(asked.inferred, voters);
            System.arraycopy(decided, 0, asked.snapshots, 0, decided.length);
        }
        for (int snapshot = 1; snapshot < inference.snapshots().size(); snapshot++) {
            compute(snapshot, inference.snapshots().get(snapshot), sets, source, cache);
        }
    }

    /// Computes the features under a snapshot of those images that need them and have none, whatever task they
    /// are from: few passes that are not full.
    private void compute(int snapshot, AdapterView view, List<Asked> sets, ImageSource source, EvaluationCache known) {
        List<Place> missing = new ArrayList<>();
        for (Asked asked : sets) {
            for (int i = 0; i < asked.rows.length; i++) {
                if (asked.snapshots[i] == snapshot && !asked.images.knows(snapshot, i)) {
                    missing.add(new Place(asked, i));
                }
            }
        }
        if (missing.isEmpty()) {
            return;
        }
        int loaded = chunks(batchSize);
        try (Weights weights = network.compose(view)) {
            for (int from = 0; from < missing.size(); from += loaded) {
                List<Place> part = missing.subList(from, Math.min(missing.size(), from + loaded));
                int[] wanted = part.stream().mapToInt(Place::row).toArray();
                try (ImagePixels pixels = pictures.load(network, source, wanted, stop)) {
                    features(network, pixels, weights, stop, (first, rows) -> {
                        int count = Math.toIntExact(rows.shape()[0]);
                        int row = known.add(rows);
                        for (int i = 0; i < count; i++) {
                            Place place = part.get(first + i);
                            place.asked.images.put(snapshot, place.image, row + i);
                        }
                    });
                }
            }
        }
    }

    /// What becomes of features.
    @FunctionalInterface
    interface FeatureSink {
        /// Takes features over, on the CPU.
        ///
        /// @param first number of the picture that row 0 is of
        void take(int first, Tensor rows);
    }

    /// Computes the features of all pictures of a store, a chunk at a time.
    ///
    /// @throws NonFiniteException if one is not finite
    static void features(Network network, ImagePixels pixels, Weights weights, StopRequest stop, FeatureSink sink) {
        int chunk = network.chunk();
        for (int from = 0; from < pixels.count(); from += chunk) {
            StoppedException.checkNot(stop);
            long[] rows = LongStream.range(from, Math.min(from + chunk, pixels.count()))
                    .toArray();
            try (TensorScope scope = new TensorScope(network.runtime())) {
                Tensor found = network.features(scope, pixels, rows, weights, chunk);
                NonFiniteException.check(found.doubles(), rows.length, "features");
                sink.take(from, scope.keep(network.runtime().program().call(scope, "copy_out", found)));
            }
        }
    }

    @FunctionalInterface
    private interface Piece {
        /// Takes features of the images from `from` on. Shape [n, D].
        void take(int from, double[] features);
    }

    /// Hands out the features of all images, each under its snapshot, some at a time.
    private void pieces(Asked asked, int[] snapshots, Piece use) {
        int piece = chunks(PIECE);
        for (int from = 0; from < snapshots.length; from += piece) {
            int[] part = Arrays.copyOfRange(snapshots, from, Math.min(from + piece, snapshots.length));
            try (TensorScope scope = new TensorScope(network.runtime())) {
                use.take(from, asked.images.features(scope, from, part).doubles());
            }
        }
    }

    /// About so many images in whole chunks, at least one.
    private int chunks(int images) {
        return Math.max(1, images / network.chunk()) * network.chunk();
    }

    /// Shape [images, outputs].
    private double[] logits(double[] features) {
        try (TensorScope scope = new TensorScope(network.runtime())) {
            int count = features.length / network.shape().width();
            double[] scores =
                    network.logits(scope, features, count, network.chunk()).doubles();
            NonFiniteException.check(scores, count, "scores");
            return scores;
        }
    }

    @Override
    public void close() {
        cache.close();
    }
}
