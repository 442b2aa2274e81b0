package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.PixelRecipe;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.TinyNetworks;
import dev.palimpsest.support.GoldenCases;
import dev.palimpsest.support.GoldenCases.GoldenCase;
import dev.palimpsest.support.HeapPictures;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.TensorBundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a golden case starts from: its own tensors, and pictures, first adapters and weights that lie beside it and
/// may belong to several cases (`golden/lorac-ipc/README.md` 2 and 3). Every size comes from the files.
///
/// The files hold A as in x r and B as r x out; ours are the transposes. Nothing else knows.
///
/// Longer than 350 lines: each thing that a case and its neighbours may hold has one name here, and nowhere else.
final class GoldenSetup {

    private static final List<Double> HALF = List.of(0.5, 0.5, 0.5);

    private final GoldenCase golden;
    private final TensorBundle tensors;
    private final JsonNode config;
    private final Optional<Path> shared;
    private @Nullable TensorBundle inputs;

    GoldenSetup(GoldenCase golden) {
        this.golden = golden;
        this.config = golden.json().get("config");
        this.tensors = new TensorBundle();
        golden.tensors().forEach(file -> tensors.putAll("", read(file)));
        this.shared = neighbour("trace-", ".inputs.safetensors", this::fits);
    }

    /// The trace of the same run, beside this case; empty where the folder has none.
    Optional<GoldenSetup> trace() {
        return golden.beside("trace-", names())
                .map(GoldenSetup::new)
                .filter(trace -> trace.shared.equals(shared) && shared.isPresent());
    }

    static TensorBundle read(Path file) {
        return Tensors.read(file);
    }

    /// The closest file that can belong to the case: by the run's name in the configuration.
    private Optional<Path> neighbour(String start, String end, Predicate<Path> fits) {
        return golden.neighbour(start, end, names(), fits);
    }

    /// What the case calls itself, and how the configuration calls its run.
    List<String> names() {
        return List.of(
                golden.name().replaceFirst("^(trace|task-id|classifier-alignment|quirks)-?", ""),
                config.get("name").stringValue());
    }

    private boolean fits(Path file) {
        try (Safetensors opened = Safetensors.open(file)) {
            return Arrays.stream(Site.values())
                    .map(site -> "init." + site.wire() + ".A")
                    .filter(opened.names()::contains)
                    .map(opened::shape)
                    .allMatch(shape -> shape[0] == config.get("pool").intValue()
                            && shape[3] == config.get("rank").intValue());
        }
    }

    private boolean holdsTheNetwork(Path file) {
        try (Safetensors opened = Safetensors.open(file)) {
            return opened.names().contains("cls_token")
                    && opened.shape("cls_token")[2] == number("dim")
                    && opened.names().contains("blocks.%d.norm1.weight".formatted(number("depth") - 1))
                    && !opened.names().contains("blocks.%d.norm1.weight".formatted(number("depth")));
        }
    }

    GoldenCase golden() {
        return golden;
    }

    JsonNode json() {
        return golden.json();
    }

    /// The case's own tensors.
    TensorBundle tensors() {
        return tensors;
    }

    /// Pictures, labels, batches and first adapters.
    TensorBundle inputs() {
        TensorBundle found = inputs;
        if (found == null) {
            found = read(shared.orElseThrow(() -> new IllegalStateException("no pictures beside " + golden.name())));
            inputs = found;
        }
        return found;
    }

    /// What cases with the same pictures have in common.
    private Optional<JsonNode> common() {
        return shared.map(file ->
                        file.resolveSibling(String.valueOf(file.getFileName()).replace(".inputs.safetensors", ".json")))
                .filter(Files::exists)
                .map(GoldenCases::read);
    }

    /// A setting of the run: from its configuration, or the case's own field, or what cases with the same pictures have
    /// in common.
    JsonNode setting(String name) {
        return Stream.of(Optional.of(config), Optional.of(golden.json()), common())
                .flatMap(Optional::stream)
                .filter(node -> node.has(name))
                .map(node -> node.get(name))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalStateException("nothing says '%s' for %s".formatted(name, golden.name())));
    }

    int number(String name) {
        return setting(name).intValue();
    }

    double real(String name) {
        return setting(name).doubleValue();
    }

    /// Rows of the training images of every step, [task, epoch, step, image].
    HostTensor batches() {
        return tensors.has("batches") ? tensors.get("batches") : inputs().get("batches");
    }

    /// Adapted matrices, in the order of the files.
    List<Site> sites() {
        return Arrays.stream(Site.values())
                .filter(site -> inputs().has("init." + site.wire() + ".A"))
                .toList();
    }

    private long[] factorShape() {
        return inputs().get("init." + sites().getFirst().wire() + ".A").shape();
    }

    /// Adapters that the published code makes room for.
    int pool() {
        return (int) factorShape()[0];
    }

    /// Blocks with adapters.
    int blocks() {
        return (int) factorShape()[1];
    }

    int classes() {
        return (int) inputs().get("init.head.bias").shape()[0];
    }

    /// Tasks that were trained and stored, which may be fewer than [#pool] has room for.
    int tasks() {
        int count = 0;
        while (stored(count)) {
            count++;
        }
        return count;
    }

    private boolean stored(int task) {
        return Stream.of("", "reference.")
                .anyMatch(start -> tensors.has(start + "task%d.end.head.bias".formatted(task)));
    }

    int classesPerTask() {
        return number("classes_per_task");
    }

    /// The pretrained weights, with the case's own ones where it has some.
    TensorBundle weights() {
        TensorBundle stored = read(neighbour("vit-", ".safetensors", this::holdsTheNetwork)
                .orElseThrow(() -> new IllegalStateException("no weights beside " + golden.name())));
        TensorBundle weights = new TensorBundle();
        for (String name : stored.names()) {
            weights.put(name, tensors.has(name) ? tensors.get(name) : stored.get(name));
        }
        return weights;
    }

    Backbone backbone(ElementType master) {
        return backbone(weights(), master);
    }

    Backbone backbone(TensorBundle weights, ElementType master) {
        return TinyNetworks.load(TestPrograms.RUNTIME, weights, number("heads"), number("image"), master);
    }

    Network network(Backbone backbone, NumericMode mode) {
        int rank = number("rank");
        AdapterSettings adapters = new AdapterSettings(rank, Set.copyOf(sites()), blocks(), 1.0 / rank);
        int side = number("image");
        PixelRecipe pixels = new PixelRecipe(false, 1, 1, false, false, 0, 0, side, false, HALF, HALF);
        return new Network(TestPrograms.RUNTIME, backbone, adapters, classes(), false, mode, pixels, 0);
    }

    LoracIpc.Settings settings(LoracIpc.Fidelity fidelity) {
        return settings(fidelity, null, null);
    }

    LoracIpc.Settings settings(
            LoracIpc.Fidelity fidelity,
            @Nullable AlignmentSettings alignment,
            LoracIpc.@Nullable TaskInference inference) {
        boolean freeSites = setting("new_mask").booleanValue();
        return new LoracIpc.Settings(
                fidelity,
                new AdapterChoice(Set.copyOf(sites()), blocks(), number("rank"), null),
                real("ortho"),
                real("omega_lr_scale"),
                firstTaskRate(),
                real("threshold"),
                freeSites ? LoracIpc.CountOver.FREE_SITES : LoracIpc.CountOver.ALL_SITES,
                real("importance_beta1"),
                real("importance_beta2"),
                alignment,
                inference);
    }

    /// Of a run whose first task had its own; 0 says that there is none.
    private @Nullable Double firstTaskRate() {
        double rate = config.path("first_session_lr").doubleValue(0);
        return rate == 0 ? null : rate;
    }

    LearningTask task(int t) {
        int count = classesPerTask();
        int[] classes = IntStream.range(t * count, (t + 1) * count).toArray();
        List<String> labels = Arrays.stream(classes).mapToObj(Integer::toString).toList();
        long[] images = shared.isPresent() ? inputs().get("test_labels").longs() : new long[0];
        int[] test = IntStream.range(0, images.length)
                .filter(i -> images[i] / count == t)
                .toArray();
        return new LearningTask(
                t, "task " + t, classes, classes, labels, t * count, count, new int[0], new int[0], test);
    }

    List<LearningTask> tasks(int count) {
        return IntStream.range(0, count).mapToObj(this::task).toList();
    }

    /// Stored pictures [n, y, x, 3] on the device.
    static ImagePixels images(Network network, HostTensor pictures) {
        int count = (int) pictures.shape()[0];
        int height = (int) pictures.shape()[1];
        int width = (int) pictures.shape()[2];
        return HeapPictures.uniform(network, planes(pictures.bytes(), count, height * width), count, height, width);
    }

    /// From [n, area, 3] to [n, 3, area].
    static byte[] planes(byte[] pixels, int count, int area) {
        byte[] result = new byte[pixels.length];
        for (int n = 0; n < count; n++) {
            for (int p = 0; p < area; p++) {
                for (int channel = 0; channel < 3; channel++) {
                    result[(n * 3 + channel) * area + p] = pixels[(n * area + p) * 3 + channel];
                }
            }
        }
        return result;
    }

    /// The images of an epoch in the order of its steps, as rows of the stored ones.
    int[] epoch(int task, int epoch) {
        long[] shape = batches().shape();
        int images = (int) (shape[2] * shape[3]);
        int from = (int) (task * shape[1] + epoch) * images;
        return Arrays.stream(batches().longs(), from, from + images)
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    /// The learning rate of all but the coefficients.
    double rate() {
        return real("lr") * real("batch") / 256;
    }

    Schedule schedule() {
        return setting("sched").stringValue().equals("cosine")
                ? new Schedule.Cosine(real("min_learning_rate"), 1)
                : new Schedule.Constant();
    }

    /// Puts the stored head before the first task.
    void beginHeads(Network network) {
        network.heads()
                .set(
                        0,
                        inputs().get("init.head.weight").doubles(),
                        inputs().get("init.head.bias").doubles());
    }

    /// Puts the recorded start of the adapter of task t in place of the drawn one.
    void begin(Network network, int t) {
        TensorBundle adapters = Tensors.copy(network.bank().save());
        TensorBundle start = initialAdapter(t);
        TensorBundle changed = new TensorBundle();
        for (String name : adapters.names()) {
            changed.put(name, start.has(name) ? start.get(name) : adapters.get(name));
        }
        network.bank().restore(changed, t + 1);
    }

    /// Adapters 0..t as the bank saves them, each from its first value in the pool.
    TensorBundle initialAdapter(int t) {
        TensorBundle bundle = new TensorBundle();
        for (Site site : sites()) {
            HostTensor down = inputs().get("init.%s.A".formatted(site.wire()));
            HostTensor up = inputs().get("init.%s.B".formatted(site.wire()));
            for (int block = 0; block < blocks(); block++) {
                bundle.put(name(block, site, "down", t), transposed(down, t * blocks() + block));
                bundle.put(name(block, site, "up", t), transposed(up, t * blocks() + block));
            }
        }
        return bundle;
    }

    /// Adapter t from stored tensors `<start><site>.A` and `.B` of one task, [block, in, r] and [block, r, out].
    TensorBundle adapter(TensorBundle stored, String start, int t) {
        TensorBundle bundle = new TensorBundle();
        for (Site site : sites()) {
            for (int block = 0; block < blocks(); block++) {
                bundle.put(name(block, site, "down", t), transposed(stored.get(start + site.wire() + ".A"), block));
                bundle.put(name(block, site, "up", t), transposed(stored.get(start + site.wire() + ".B"), block));
            }
        }
        return bundle;
    }

    /// The name of a factor in a saved bank.
    static String name(int block, Site site, String factor, int task) {
        return "blocks.%d.%s.%s.task%d".formatted(block, site.wire(), factor, task + 1);
    }

    /// Matrix number `index` of stacked matrices [..., rows, columns], transposed.
    static HostTensor transposed(HostTensor all, int index) {
        long[] shape = all.shape();
        int rows = (int) shape[shape.length - 2];
        int columns = (int) shape[shape.length - 1];
        double[] values = all.doubles();
        double[] result = new double[rows * columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                result[j * rows + i] = values[index * rows * columns + i * columns + j];
            }
        }
        return HostTensor.ofDoubles(result, columns, rows);
    }
}
