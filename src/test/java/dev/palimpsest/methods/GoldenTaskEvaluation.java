package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One stored evaluation of [GoldenTaskIdentity], one row an image.
final class GoldenTaskEvaluation {

    private final GoldenSetup setup;
    private final GoldenMode mode;
    private final GoldenComparison comparison;
    private final String name;
    private final JsonNode stored;
    private final GoldenState state;
    private final boolean infers;
    private final boolean mixed;
    private final boolean votes;
    private final int batch;
    private final int width;
    private final List<LearningTask> tasks;
    private final int seen;
    private final Inference inference;

    /// @param statistics of the classes so far and their clusters, for an evaluation that infers the task
    GoldenTaskEvaluation(
            GoldenSetup setup,
            GoldenMode mode,
            GoldenComparison comparison,
            String name,
            JsonNode stored,
            GoldenState state,
            int model,
            int clusters,
            IntFunction<TensorBundle> statistics) {
        this.setup = setup;
        this.mode = mode;
        this.comparison = comparison;
        this.width = state.network().shape().width();
        this.name = name;
        this.stored = stored;
        this.state = state;
        this.infers = name.startsWith("tii");
        this.mixed = name.contains("mixed_order");
        this.votes = name.contains("batch_wise");
        this.batch = setup.json().get("batch").intValue();
        this.tasks = state.trace().tasks(model + 1);
        this.seen = tasks.getLast().firstClass() + tasks.getLast().classCount();
        @Nullable TensorBundle saved = infers ? statistics.apply(seen) : null;
        this.inference = state.method(LoracIpc.Fidelity.REFERENCE, model, saved, clusters)
                .inference();
    }

    GoldenTaskIdentity.Counts compare() {
        int[] rows = mixed
                ? Arrays.stream(tensor("mixed_order").longs())
                        .mapToInt(row -> (int) row)
                        .toArray()
                : tasks.stream()
                        .flatMapToInt(task -> Arrays.stream(task.test()))
                        .toArray();
        long[] labels = state.trace().inputs().get("test_labels").longs();
        long[] targets = Arrays.stream(rows).mapToLong(row -> labels[row]).toArray();
        int[] inferred = inferred();
        double[] logits = logits(rows, snapshots(rows, inferred));
        int outputs = state.network().heads().classes();
        int scored = inference.masksUnseen() ? seen : outputs;
        double[] shown = logits.clone();
        long[] predictions = new long[rows.length];
        for (int i = 0; i < rows.length; i++) {
            for (int c = 0; c < outputs; c++) {
                if (c >= scored) {
                    shown[i * outputs + c] = 0;
                } else if (logits[i * outputs + c] > logits[i * outputs + (int) predictions[i]]) {
                    predictions[i] = c;
                }
            }
        }
        comparison.near(name + ".logits", shown, tensor(name + ".logits").doubles(), mode.tolerance("logits"));
        comparison.same(
                name + ".prediction", predictions, tensor(name + ".prediction").longs());
        comparison.same(name + ".target", targets, tensor(name + ".target").longs());
        long[] decided = IntStream.range(0, rows.length)
                .mapToLong(i -> infers ? inferred[rows[i]] : predictions[i] / setup.classesPerTask())
                .toArray();
        comparison.same(name + ".task", decided, tensor(name + ".task").longs());
        return compareFields(rows, logits, targets, predictions, scored);
    }

    /// The snapshot that classifies each picture: that of its own task as inferred, or the one that most of
    /// its batch are inferred to be from, the smallest of equally many.
    ///
    /// @param rows test pictures in the order of the evaluation
    private int[] snapshots(int[] rows, int[] inferred) {
        int[] own = Arrays.stream(rows).map(row -> inferred[row]).toArray();
        if (!votes) {
            return own;
        }
        int[] voted = new int[own.length];
        int from = 0;
        for (int size : loaders(rows.length)) {
            for (int i = 0; i < size; i += batch) {
                int end = Math.min(i + batch, size);
                int[] ballots = Arrays.copyOfRange(own, from + i, from + end);
                Arrays.fill(voted, from + i, from + end, most(ballots));
            }
            from += size;
        }
        return voted;
    }

    /// A batch never crosses the end of a task, unless the order is mixed.
    private int[] loaders(int images) {
        return mixed
                ? new int[] {images}
                : tasks.stream().mapToInt(task -> task.test().length).toArray();
    }

    private int most(int[] ballots) {
        return IntStream.range(0, tasks.size())
                .boxed()
                .max(Comparator.comparingLong((Integer task) -> Arrays.stream(ballots)
                                .filter(ballot -> ballot == task)
                                .count())
                        .thenComparing(Comparator.reverseOrder()))
                .orElseThrow();
    }

    /// The task of every test picture, by the classes known to this model.
    private int[] inferred() {
        double[] raw = mode.rounded(tensor("test_features_raw").doubles());
        if (inference instanceof Inference.ByInferredTask byTask) {
            double[] distances = byTask.statistics().distances(raw, width, 0);
            int known = byTask.statistics().classes();
            return IntStream.range(0, raw.length / width)
                    .map(i -> {
                        int best = 0;
                        for (int c = 1; c < known; c++) {
                            best = distances[i * known + c] < distances[i * known + best] ? c : best;
                        }
                        return byTask.statistics().task(best);
                    })
                    .toArray();
        }
        return new int[raw.length / width];
    }

    private double[] logits(int[] rows, int[] snapshot) {
        HostTensor images = state.trace().inputs().get("test_images");
        List<AdapterView> views = switch (inference) {
            case Inference.Latest latest -> List.of(latest.view());
            case Inference.OfCopy of -> throw new AssertionError("no phase trains a copy, got " + of);
            case Inference.ByInferredTask byTask -> byTask.snapshots();
            case Inference.ByBatchMajority vote -> vote.each().snapshots();
        };
        double[] chosen = new double[rows.length * width];
        for (int j = 0; j < views.size(); j++) {
            double[] features = state.evaluation().features(views.get(j), images);
            for (int i = 0; i < rows.length; i++) {
                if (snapshot[i] == j) {
                    System.arraycopy(features, rows[i] * width, chosen, i * width, width);
                }
            }
        }
        return state.evaluation().logits(chosen);
    }

    private GoldenTaskIdentity.Counts compareFields(
            int[] rows, double[] logits, long[] targets, long[] predictions, int scored) {
        MeasuredRow row = measured(rows);
        Measure own = infers ? Measure.INFERRED_TASK : Measure.TASK_ID;
        int correct = sum(row, Measure.TOP1);
        // who decides which task an image is from is not asked again by a vote
        int taskCorrect = sum(mixed ? state.evaluation().counts(inference, tasks) : row, own);
        comparison.near(name + " correct", correct, stored.get("correct").intValue(), 0);
        comparison.near(
                name + " task_correct", taskCorrect, stored.get("task_correct").intValue(), 0);
        comparison.near(name + " images", targets.length, stored.get("images").intValue(), 0);
        comparison.near(
                name + " predictions_outside_seen_classes",
                (double) Arrays.stream(predictions).filter(c -> c >= seen).count(),
                stored.get("predictions_outside_seen_classes").intValue(),
                0);
        int from = 0;
        for (int d = 0; d < stored.get("datasets").size(); d++) {
            JsonNode data = stored.get("datasets").get(d);
            int images = mixed ? targets.length : tasks.get(d).test().length;
            String place = "%s datasets[%d] ".formatted(name, d);
            share(place + "Acc@1", row, Measure.TOP1, d, images, data.get("Acc@1"));
            comparison.near(
                    place + "Acc@task",
                    100.0 * (mixed ? taskCorrect : count(row, own, d)) / images,
                    data.get("Acc@task").doubleValue(),
                    1e-9);
            share(place + "Acc@5", row, Measure.TOP5, d, images, data.get("Acc@5"));
            int outputs = state.network().heads().classes();
            double loss = GoldenEvaluation.loss(
                    Arrays.copyOfRange(logits, from * outputs, (from + images) * outputs),
                    outputs,
                    scored,
                    Arrays.copyOfRange(targets, from, from + images),
                    batch);
            comparison.near(place + "Loss", loss, data.get("Loss").doubleValue(), mode.tolerance("logits"));
            from += images;
        }
        return new GoldenTaskIdentity.Counts(correct, taskCorrect, targets.length);
    }

    /// What the trainer's evaluation counts; in mixed order as one task of all pictures.
    private MeasuredRow measured(int[] rows) {
        Inference asked = votes && inference instanceof Inference.ByInferredTask each
                ? new Inference.ByBatchMajority(each, batch)
                : inference;
        return state.evaluation().counts(asked, mixed ? List.of(together(rows)) : tasks);
    }

    private LearningTask together(int[] rows) {
        int[] all = IntStream.range(0, seen).toArray();
        List<String> labels = Arrays.stream(all).mapToObj(Integer::toString).toList();
        return new LearningTask(0, "all", all, all, labels, 0, all.length, new int[0], new int[0], rows);
    }

    /// Without five classes there is no count of `top5`, where the published program says 100 %.
    private void share(String place, MeasuredRow row, Measure measure, int data, int images, JsonNode percent) {
        List<@Nullable Integer> counted = Objects.requireNonNull(row.correct().get(measure));
        Integer count = mixed ? Integer.valueOf(sum(row, measure)) : counted.get(data);
        if (count != null) {
            comparison.near(place, 100.0 * count / images, percent.doubleValue(), 1e-9);
        }
    }

    private int count(MeasuredRow row, Measure measure, int data) {
        return Objects.requireNonNull(
                Objects.requireNonNull(row.correct().get(measure)).get(data));
    }

    private int sum(MeasuredRow row, Measure measure) {
        return Objects.requireNonNull(row.correct().get(measure)).stream()
                .filter(Objects::nonNull)
                .mapToInt(Integer::intValue)
                .sum();
    }

    private HostTensor tensor(String tensor) {
        return setup.tensors().get(tensor);
    }
}
