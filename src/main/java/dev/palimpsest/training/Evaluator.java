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
import dev.palimpsest.model.Weights;
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
final class Evaluator {

    /// Key of the features of a view that may change: never kept.
    private static final int LATEST = -1;

    private final Network network;
    private final Pictures pictures;
    private final Scenario scenario;
    private final int batchSize;
    private final StopRequest stop;
    private final EvaluationCache cache = new EvaluationCache();

    /// @param scenario of the plan
    /// @param batchSize images decoded at once, cut to whole chunks
    Evaluator(Network network, Pictures pictures, Scenario scenario, int batchSize, StopRequest stop) {
        this.network = network;
        this.pictures = pictures;
        this.scenario = scenario;
        this.batchSize = batchSize;
        this.stop = stop;
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
        LearningTask last = tasks.getLast();
        int seen = last.firstClass() + last.classCount();
        int outputs = network.heads().classes();
        boolean infers = !(inference instanceof Inference.Latest);
        RowCounts counts = new RowCounts(tasks, inference.masksUnseen() ? seen : outputs, scenario, infers);
        ImageSource source = switch (data) {
            case TEST -> pictures.test();
            case VALIDATION -> pictures.train();
        };
        EvaluationCache known = infers ? cache : new EvaluationCache();
        List<Asked> sets = new ArrayList<>();
        for (LearningTask task : tasks) {
            int[] rows = rows(task, data);
            String name = data.wireName() + task.index();
            sets.add(new Asked(known.of(name, rows.length, network.shape().width()), rows));
        }
        switch (inference) {
            case Inference.Latest latest -> {
                sets.forEach(asked -> Arrays.fill(asked.snapshots, LATEST));
                compute(LATEST, latest.view(), sets, source);
            }
            case Inference.ByInferredTask each -> infer(each, 1, sets, source);
            case Inference.ByBatchMajority vote -> infer(vote.each(), vote.batchSize(), sets, source);
        }
        for (int t = 0; t < sets.size(); t++) {
            LearningTask task = tasks.get(t);
            Asked asked = sets.get(t);
            counts.add(task, logits(asked), outputs, task.targets(source, asked.rows), asked.inferred);
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
        compute(0, inference.snapshots().getFirst(), sets, source);
        InferenceStatistics statistics = inference.statistics();
        for (Asked asked : sets) {
            EvaluationCache.Images images = asked.images;
            if (asked.rows.length > 0 && images.classes() < statistics.classes()) {
                double[] first = assembled(asked);
                int width = network.shape().width();
                images.nearer(
                        statistics.distances(first, width, images.classes()), statistics.classes() - images.classes());
            }
            for (int i = 0; i < asked.rows.length; i++) {
                asked.inferred[i] = statistics.task(images.nearest(i));
            }
            int[] decided = MajorityVote.decide(asked.inferred, voters);
            System.arraycopy(decided, 0, asked.snapshots, 0, decided.length);
        }
        for (int snapshot = 1; snapshot < inference.snapshots().size(); snapshot++) {
            compute(snapshot, inference.snapshots().get(snapshot), sets, source);
        }
    }

    /// Computes the features under a snapshot of those images that need them and have none, whatever task they
    /// are from: few passes that are not full.
    private void compute(int snapshot, AdapterView view, List<Asked> sets, ImageSource source) {
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
        int loaded = Math.max(1, batchSize / network.chunk()) * network.chunk();
        try (Weights weights = network.compose(view)) {
            for (int from = 0; from < missing.size(); from += loaded) {
                List<Place> part = missing.subList(from, Math.min(missing.size(), from + loaded));
                int[] wanted = part.stream().mapToInt(Place::row).toArray();
                try (ImagePixels pixels = pictures.load(network, source, wanted, stop)) {
                    double[] features = features(network, pixels, weights, stop);
                    for (int i = 0; i < part.size(); i++) {
                        Place place = part.get(i);
                        place.asked.images.put(snapshot, place.image, features, i);
                    }
                }
            }
        }
    }

    /// Features of all pictures of a store. Shape [M, D].
    static double[] features(Network network, ImagePixels pixels, Weights weights, StopRequest stop) {
        int width = network.shape().width();
        double[] result = new double[pixels.count() * width];
        int chunk = network.chunk();
        for (int from = 0; from < pixels.count(); from += chunk) {
            StoppedException.checkNot(stop);
            long[] rows = LongStream.range(from, Math.min(from + chunk, pixels.count()))
                    .toArray();
            try (TensorScope scope = new TensorScope(network.runtime())) {
                double[] found =
                        network.features(scope, pixels, rows, weights, chunk).doubles();
                System.arraycopy(found, 0, result, from * width, found.length);
            }
        }
        return result;
    }

    /// Shape [images, outputs].
    private double[] logits(Asked asked) {
        if (asked.rows.length == 0) {
            return new double[0];
        }
        try (TensorScope scope = new TensorScope(network.runtime())) {
            return network.logits(scope, assembled(asked), asked.rows.length, network.chunk())
                    .doubles();
        }
    }

    /// Features by which each image is classified. Shape [images, D].
    private double[] assembled(Asked asked) {
        double[] result = new double[asked.rows.length * network.shape().width()];
        for (int i = 0; i < asked.rows.length; i++) {
            asked.images.copy(asked.snapshots[i], i, result, i);
        }
        return result;
    }
}
