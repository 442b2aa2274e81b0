package dev.palimpsest.methods;

import dev.palimpsest.data.InputProfile;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.TinyNetworks;
import dev.palimpsest.support.GoldenCases.GoldenCase;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.training.TrainingPlan;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a run of `golden/inflora` starts from and what it is to give; every size comes from the files.
final class InfLoraGolden {

    private static final List<String> NETWORK = List.of("blocks.", "cls_token", "norm.", "patch_embed.", "pos_embed");

    private final GoldenCase golden;
    private final JsonNode config;
    private final TensorBundle inputs = new TensorBundle();
    private final TensorBundle expected = new TensorBundle();

    InfLoraGolden(GoldenCase golden) {
        this.golden = golden;
        this.config = golden.json().get("config");
        golden.tensors().forEach(file -> {
            boolean given = String.valueOf(file.getFileName()).endsWith("-inputs.safetensors");
            (given ? inputs : expected).putAll("", Tensors.read(file));
        });
    }

    GoldenCase golden() {
        return golden;
    }

    TensorBundle inputs() {
        return inputs;
    }

    TensorBundle expected() {
        return expected;
    }

    int number(String name) {
        return config.get(name).intValue();
    }

    double real(String name) {
        return config.get(name).doubleValue();
    }

    JsonNode task(int t) {
        return golden.json().get("f64").get("tasks").get(t);
    }

    int tasks() {
        return golden.json().get("f64").get("tasks").size();
    }

    int classes() {
        return number("classes");
    }

    /// Blocks with adapters, the first so many.
    int blocks() {
        return golden.json().get("f64").get("adapted_blocks").size();
    }

    /// Pictures [n, y, x, 3] of a part with their labels.
    StoredPictures pictures(String part) {
        return new StoredPictures(
                inputs.get(part + "_images"),
                Arrays.stream(labels(part)).asLongStream().toArray());
    }

    private int[] labels(String part) {
        return Arrays.stream(inputs.get(part + "_labels").longs())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    LearningTask learningTask(int t) {
        int[] own = IntStream.range(t * classes(), (t + 1) * classes()).toArray();
        return new LearningTask(
                t,
                "task " + t,
                own,
                own,
                Arrays.stream(own).mapToObj(Integer::toString).toList(),
                t * classes(),
                classes(),
                rows("train", t),
                new int[0],
                rows("test", t));
    }

    private int[] rows(String part, int t) {
        int[] labels = labels(part);
        return IntStream.range(0, labels.length)
                .filter(i -> labels[i] / classes() == t)
                .toArray();
    }

    /// Images of a pass in their order, 1 for the first epoch.
    int[] order(int t, int pass) {
        long[] shape = inputs.get("order").shape();
        int images = (int) shape[2];
        int from = (t * (int) shape[1] + pass) * images;
        return Arrays.stream(inputs.get("order").longs(), from, from + images)
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    Backbone backbone(ElementType master) {
        TensorBundle weights = new TensorBundle();
        for (String name : inputs.names()) {
            if (NETWORK.stream().anyMatch(name::startsWith)) {
                weights.put(name, inputs.get(name));
            }
        }
        return TinyNetworks.load(TestPrograms.RUNTIME, weights, number("heads"), number("image"), master);
    }

    InfLora.Settings settings() {
        return new InfLora.Settings(
                Set.of(Site.K, Site.V),
                blocks(),
                number("rank"),
                config.get("kind").stringValue().equals("inflora") ? InfLora.Memory.DUAL : InfLora.Memory.PLAIN,
                real("lamb"),
                real("lame"),
                InfLora.Energy.SQUARED_EIGENVALUES,
                InfLora.Projection.LEFT,
                InfLora.DownInit.PROJECTED,
                alignment());
    }

    private @Nullable SlcaAlignment alignment() {
        JsonNode stored = config.get("alignment");
        if (stored == null || stored.isNull()) {
            return null;
        }
        return new SlcaAlignment(
                SlcaAlignment.Statistics.COVARIANCE,
                stored.get("epochs").intValue(),
                stored.get("lr").doubleValue(),
                stored.get("weight_decay").doubleValue(),
                stored.get("samples_per_class").intValue(),
                true,
                stored.path("logit_norm").isNumber() ? stored.get("logit_norm").doubleValue() : null);
    }

    private TrainingSettings training() {
        boolean adam = config.get("optim").stringValue().equals("adam");
        return new TrainingSettings(
                number("epochs"),
                number("batch"),
                adam
                        ? new OptimizerSettings.Adam(real("lr"), null, 0, 0.9, 0.999, 1e-8)
                        : new OptimizerSettings.Sgd(real("lr"), null, 0, 0.9),
                adam ? new Schedule.QuarterCosine(1) : new Schedule.Cosine(0, 0),
                null);
    }

    /// What a first moment is times the gradient after the first step.
    double firstMoment() {
        return config.get("optim").stringValue().equals("adam") ? 0.1 : 1;
    }

    TrainingPlan plan(List<LearningTask> tasks) {
        int side = number("image");
        InputProfile input = new InputProfile(
                "golden",
                false,
                1,
                1,
                InputProfile.Filter.BILINEAR,
                false,
                0,
                InputProfile.Evaluation.AS_IS,
                side,
                InputProfile.Filter.BILINEAR,
                new double[3],
                new double[] {1, 1, 1},
                side);
        return new TrainingPlan(
                "none",
                "none",
                Scenario.CLASS_INCREMENTAL,
                tasks.stream()
                        .map(task -> new TrainingPlan.PlannedTask(task.name(), task.labels()))
                        .toList(),
                input,
                settings(),
                training(),
                "fp32",
                0,
                TrainingPlan.EvaluateAfter.EVERY_TASK,
                5);
    }

    /// The product of matrices given row after row, [rows, inner] by [inner, columns].
    static double[] product(double[] a, double[] b, int inner) {
        int rows = a.length / inner;
        int columns = b.length / inner;
        double[] result = new double[rows * columns];
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < inner; k++) {
                for (int j = 0; j < columns; j++) {
                    result[i * columns + j] += a[i * inner + k] * b[k * columns + j];
                }
            }
        }
        return result;
    }

    /// The transpose of a matrix given row after row.
    static double[] transposed(double[] a, int columns) {
        int rows = a.length / columns;
        double[] result = new double[a.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                result[j * rows + i] = a[i * columns + j];
            }
        }
        return result;
    }

    /// 3 A^T A: the projector on the rows of A [r, D] of length 1 / sqrt(3).
    static double[] rowSpace(double[] rows, int width) {
        if (rows.length == 0) {
            return new double[width * width];
        }
        double[] gram = product(transposed(rows, width), rows, rows.length / width);
        return Arrays.stream(gram).map(value -> 3 * value).toArray();
    }

    /// F F^T of columns [D, k].
    static double[] span(HostTensor columns) {
        int width = (int) columns.shape()[0];
        int k = (int) columns.shape()[1];
        if (k == 0) {
            return new double[width * width];
        }
        return product(columns.doubles(), transposed(columns.doubles(), k), k);
    }

    /// Names of all tensors that a run is to give.
    Stream<String> wanted() {
        return expected.names().stream();
    }
}
