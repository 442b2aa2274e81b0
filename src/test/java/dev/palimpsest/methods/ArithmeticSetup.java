package dev.palimpsest.methods;

import dev.palimpsest.data.InputProfile;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.MergeRule;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.TinyNetworks;
import dev.palimpsest.support.GoldenCases.GoldenCase;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.training.TrainingPlan;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a trace of task arithmetic starts from (`golden/task-arithmetic/README.md`). Every size comes from the files.
final class ArithmeticSetup {

    private final GoldenCase golden;
    private final JsonNode config;
    private final TensorBundle tensors = new TensorBundle();
    private final TensorBundle inputs;

    ArithmeticSetup(GoldenCase golden) {
        this.golden = golden;
        this.config = golden.json().get("config");
        golden.tensors().forEach(file -> tensors.putAll("", Tensors.read(file)));
        String name = golden.name().replaceFirst("^trace-", "");
        this.inputs = Tensors.read(golden.neighbour("trace-", "inputs.safetensors", List.of(name), this::fits)
                .orElseThrow(() -> new IllegalStateException("no inputs beside " + golden.name())));
    }

    private boolean fits(Path file) {
        try (Safetensors opened = Safetensors.open(file)) {
            long[] order = opened.shape("order");
            return order[0] == tasks() && order[1] == number("epochs") && opened.shape("cls_token")[2] == number("dim");
        }
    }

    GoldenCase golden() {
        return golden;
    }

    /// The stored numbers after a task.
    JsonNode expected(int task) {
        return golden.json().get("expected").get("tasks").get(task);
    }

    /// Stages that are stored after some task.
    Set<String> stages() {
        Set<String> stages = new TreeSet<>();
        for (int t = 0; t < tasks(); t++) {
            stages.addAll(expected(t).path("few_shot").propertyNames());
        }
        return stages;
    }

    /// The rule whose weights a stage begins with: one that its name says, or the sum of the configuration.
    String ruleBefore(String stage) {
        int from = stage.indexOf("_from_");
        return from >= 0
                ? stage.substring(from + "_from_".length())
                : expected(0).get("merged").propertyNames().stream()
                        .filter(name -> name.startsWith("sum_"))
                        .filter(name -> Double.parseDouble(name.substring("sum_".length())) == real("coefficient"))
                        .findFirst()
                        .orElseThrow();
    }

    TensorBundle tensors() {
        return tensors;
    }

    TensorBundle inputs() {
        return inputs;
    }

    int number(String key) {
        return config.get(key).intValue();
    }

    double real(String key) {
        return config.get(key).doubleValue();
    }

    String text(String key) {
        return config.get(key).stringValue();
    }

    int tasks() {
        return number("tasks");
    }

    /// Classes of a task.
    int classes() {
        return number("classes");
    }

    Set<Site> sites() {
        Set<Site> sites = new TreeSet<>();
        for (Site site : Site.values()) {
            if (config.get("sites")
                    .valueStream()
                    .anyMatch(name -> name.stringValue().equals(site.wire()))) {
                sites.add(site);
            }
        }
        return sites;
    }

    boolean sequential() {
        return text("start").equals("sequential");
    }

    boolean oneHead() {
        return text("head").equals("in_task_vector");
    }

    /// @param stage as the trace names it, or null for none
    TaskArithmetic.Settings settings(MergeRule merge, @Nullable String stage) {
        return new TaskArithmetic.Settings(
                sites(),
                null,
                number("rank"),
                real("scale"),
                sequential() ? TaskArithmetic.Start.SEQUENTIAL : TaskArithmetic.Start.INDEPENDENT,
                oneHead() ? TaskArithmetic.Head.IN_TASK_VECTOR : TaskArithmetic.Head.CONCATENATED,
                real("kl_weight"),
                merge,
                stage == null ? null : new ExemplarSettings(number("exemplars"), ExemplarSettings.Selection.HERDING),
                stage == null ? null : fewShot(stage));
    }

    private FewShotSettings fewShot(String stage) {
        FewShotSettings.Train train = switch (stage.replaceFirst("_from_.*$", "")) {
            case "all" -> FewShotSettings.Train.ALL;
            case "heads" -> FewShotSettings.Train.HEADS;
            case "heads_and_adapter" -> FewShotSettings.Train.HEADS_AND_ADAPTER;
            default -> throw new IllegalArgumentException("no stage " + stage);
        };
        return new FewShotSettings(
                train,
                number("few_shot_epochs"),
                number("few_shot_batch"),
                adam("few_shot_lr", config.path("few_shot_weight_decay").doubleValue(real("weight_decay"))),
                new Schedule.Constant());
    }

    OptimizerSettings adam(String rate, double decay) {
        return new OptimizerSettings.Adam(real(rate), null, decay, real("beta1"), real("beta2"), real("epsilon"));
    }

    TrainingSettings training() {
        return new TrainingSettings(
                number("epochs"), number("batch"), adam("lr", real("weight_decay")), new Schedule.Constant(), null);
    }

    List<LearningTask> learningTasks() {
        return IntStream.range(0, tasks()).mapToObj(this::task).toList();
    }

    private LearningTask task(int t) {
        int first = t * classes();
        int[] classes = IntStream.range(first, first + classes()).toArray();
        return new LearningTask(
                t,
                "task " + t,
                classes,
                classes,
                Arrays.stream(classes).mapToObj(Integer::toString).toList(),
                first,
                classes(),
                rows("train_labels", t),
                new int[0],
                rows("test_labels", t));
    }

    private int[] rows(String labels, int t) {
        long[] all = inputs.get(labels).longs();
        return IntStream.range(0, all.length)
                .filter(i -> all[i] / classes() == t)
                .toArray();
    }

    /// Rows of the training images in the order of an epoch.
    int[] order(int task, int epoch) {
        int images = (int) inputs.get("order").shape()[2];
        return row(inputs.get("order"), task * number("epochs") + epoch, images);
    }

    /// The same in the stage after a task.
    int[] stageOrder(int task, int epoch) {
        HostTensor order = inputs.get("few_shot.order" + task);
        return row(order, epoch, (int) order.shape()[1]);
    }

    /// The first tasks with their stored exemplars alone.
    List<LearningTask> exemplars(int count) {
        int each = number("exemplars");
        return learningTasks().subList(0, count).stream()
                .map(task -> task.trainedOn(Arrays.stream(task.classes())
                        .flatMap(position -> Arrays.stream(row(inputs.get("exemplars"), position, each)))
                        .sorted()
                        .toArray()))
                .toList();
    }

    static int[] row(HostTensor matrix, int row, int columns) {
        return Arrays.stream(matrix.longs(), row * columns, (row + 1) * columns)
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    Backbone backbone(ElementType master) {
        TensorBundle weights = new TensorBundle();
        inputs.names().stream()
                .filter(name -> name.matches("(blocks|norm|patch_embed)\\..*|cls_token|pos_embed"))
                .forEach(name -> weights.put(name, inputs.get(name)));
        return TinyNetworks.load(TestPrograms.RUNTIME, weights, number("heads"), number("image"), master);
    }

    StoredPictures pictures(String part) {
        return new StoredPictures(
                inputs.get(part + "_images"), inputs.get(part + "_labels").longs());
    }

    /// Puts the stored heads in place of the drawn ones.
    void beginHeads(Network network) {
        if (oneHead()) {
            network.heads()
                    .set(
                            0,
                            inputs.get("head.weight").doubles(),
                            inputs.get("head.bias").doubles());
            return;
        }
        for (int t = 0; t < tasks(); t++) {
            network.heads()
                    .set(
                            t * classes(),
                            inputs.get("heads.%d.weight".formatted(t)).doubles(),
                            inputs.get("heads.%d.bias".formatted(t)).doubles());
        }
    }

    /// Puts a stored A in place of the drawn one of the newest adapter.
    ///
    /// @param start of the tensors' names
    void beginAdapter(Network network, String start) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            for (AdapterSite site : network.bank().settings().all()) {
                String name = "%sblocks.%d.%s.A"
                        .formatted(start, site.block(), site.matrix().wire());
                network.bank().put(site, inputs.get(name).in(scope));
            }
        }
    }

    TrainingPlan plan(TaskArithmetic.Settings settings) {
        int side = number("image");
        double[] none = new double[3];
        double[] one = {1, 1, 1};
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
                none,
                one,
                side);
        return new TrainingPlan(
                "none",
                "none",
                Scenario.CLASS_INCREMENTAL,
                learningTasks().stream()
                        .map(task -> new TrainingPlan.PlannedTask(task.name(), task.labels()))
                        .toList(),
                input,
                settings,
                training(),
                "fp32",
                0,
                TrainingPlan.EvaluateAfter.EVERY_TASK,
                5);
    }
}
