package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.model.AdapterSession;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.OptimizerNumbers;
import dev.palimpsest.model.PixelRecipe;
import dev.palimpsest.model.SessionResult;
import dev.palimpsest.model.SessionSetup;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.StepTally;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.support.GoldenCases.GoldenCase;
import dev.palimpsest.support.Tolerances;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TorchRuntime;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// LoRAC-IPC on the batches of a recorded run of the published code, compared step by step with what is
/// stored.
final class GoldenTrace {

    private final TorchRuntime runtime = TorchRuntime.start(1);
    private final GoldenCase golden;
    private final TensorBundle inputs;
    private final TensorBundle expected;
    private final JsonNode config;
    private final Tolerances tolerances;
    private final boolean exact;
    private final String prefix;
    private final LoracIpc.Fidelity fidelity;

    /// @param exact run in float64 and compare with 1e-10, else in float32 with the stored tolerances
    /// @param prefix of tensors and of the JSON's part, for a case that holds both behaviours; else empty
    GoldenTrace(GoldenCase golden, TensorBundle expected, boolean exact, String prefix, LoracIpc.Fidelity fidelity) {
        this.golden = golden;
        this.expected = expected;
        this.config = golden.json().get("config");
        this.tolerances = Tolerances.of("lorac-ipc", golden.name());
        this.exact = exact;
        this.prefix = prefix;
        this.fidelity = fidelity;
        this.inputs = read(beside(golden, "trace-", ".inputs.safetensors"));
        runtime.prepare();
    }

    static TensorBundle read(Path file) {
        try (Safetensors tensors = Safetensors.open(file)) {
            return tensors.readAll();
        }
    }

    /// The file of the case, or of the neighbour with the most similar name that has one.
    static Path beside(GoldenCase golden, String start, String end) {
        Path folder = golden.tensors().getFirst().getParent();
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(
                            file -> name(file).startsWith(start) && name(file).endsWith(end))
                    .max((a, b) -> Integer.compare(common(name(a), golden.name()), common(name(b), golden.name())))
                    .orElseThrow(
                            () -> new IllegalStateException("no %s*%s beside %s".formatted(start, end, golden.name())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    /// How much of two names agrees, the kind of file left out.
    private static int common(String a, String b) {
        String left = a.substring(a.indexOf('-'));
        String right = b.substring(b.indexOf('-'));
        int i = 0;
        while (i < Math.min(left.length(), right.length()) && left.charAt(i) == right.charAt(i)) {
            i++;
        }
        return i;
    }

    void compare() {
        ElementType master = exact ? ElementType.FLOAT64 : ElementType.FLOAT32;
        Path weights = weights();
        try (Safetensors file = Safetensors.open(weights);
                Backbone backbone = Backbone.load(
                        runtime,
                        file,
                        config.get("heads").intValue(),
                        config.get("image").intValue(),
                        master,
                        "cpu");
                Network network = network(backbone);
                ImagePixels images = images(network)) {
            network.heads()
                    .set(
                            0,
                            inputs.get("init.head.weight").doubles(),
                            inputs.get("init.head.bias").doubles());
            LoracIpc method = new LoracIpc(settings());
            for (int t = 0; t < config.get("tasks").intValue(); t++) {
                method = learn(network, images, method, t);
            }
        }
    }

    private LoracIpc learn(Network network, ImagePixels images, LoracIpc method, int t) {
        SiteValues none = SiteValues.all(network.shape().depth(), 0);
        FixedTask task = new FixedTask(network, task(t), new SessionResult(List.of(), none, none));
        TaskRecipe recipe = method.beforeTask(task);
        start(network, t);
        TrainingView view = recipe.view();
        TaskRecipe.Collect collect = recipe.collect();
        if (view == null || collect == null) {
            throw new AssertionError("LoRAC-IPC trains adapters and collects importance");
        }
        OptimizerNumbers adam =
                new OptimizerNumbers(0, 0.9, 0.999, 1e-8, 0, 0, config("clip").doubleValue());
        SessionSetup setup =
                new SessionSetup(images, inputs.get("train_labels").longs(), recipe.scope(), adam, collect.how());
        try (AdapterSession session = new AdapterSession(network, view, setup)) {
            SiteValues free = fidelity == LoracIpc.Fidelity.REFERENCE
                    ? SiteValues.all(network.shape().depth(), 1)
                    : view.free();
            steps(session, t, free);
            task.learned(session.finish());
        }
        assertThat(method.afterTask(task)).isEmpty();
        compareEnd(network, method, t);
        return forced(network, method, t);
    }

    private void steps(AdapterSession session, int t, SiteValues free) {
        HostTensor batches = batches();
        int epochs = (int) batches.shape()[1];
        int perEpoch = (int) batches.shape()[2];
        int batch = (int) batches.shape()[3];
        Schedule schedule = config.get("sched").stringValue().equals("cosine")
                ? new Schedule.Cosine(golden.json().path("min_learning_rate").asDouble(1e-5), 1)
                : new Schedule.Constant();
        double base = config.get("lr").doubleValue() * config.get("batch").doubleValue() / 256;
        double omegaBase = base * config.get("omega_lr_scale").doubleValue();
        for (int i = 0; i < epochs * perEpoch; i++) {
            JsonNode step = part("steps").get(t * epochs * perEpoch + i);
            int from = (t * epochs * perEpoch + i) * batch;
            session.order(Arrays.copyOfRange(batches.longs(), from, from + batch));
            int epoch = i / perEpoch;
            double rate = schedule.rate(base, epoch, epochs);
            double omegaRate = schedule.rate(omegaBase, epoch, epochs);
            close("learning_rate", 1e-15, rate, step.get("learning_rate"), t, i);
            close("omega_learning_rate", 1e-15, omegaRate, step.get("omega_learning_rate"), t, i);

            StepTally tally = session.step(0, batch, 0, new StepRates(rate, omegaRate, rate), true);

            scalar("classification_loss", tally.crossEntropy(), step, t, i);
            scalar("orthogonality_loss", tally.orthogonality(), step, t, i);
            scalar("total_loss", tally.loss(), step, t, i);
            scalar("gradient_norm", tally.gradientNorm(), step, t, i);
            TensorBundle state = session.save();
            importance("sensitivity", state, free, t, i);
            importance("uncertainty", state, free, t, i);
        }
    }

    private void importance(String quantity, TensorBundle state, SiteValues free, int t, int i) {
        String key = "task%d.importance.%s".formatted(t, quantity);
        if (!expected.has(prefix + key)) {
            return;
        }
        double[] all = expected.get(prefix + key).doubles();
        int depth = free.depth();
        int sites = sites().size();
        double largest = Arrays.stream(all).map(Math::abs).max().orElse(0);
        int s = 0;
        for (Site site : sites()) {
            int stack = stack(site);
            double[] found = state.get(quantity + stack).doubles();
            int parts = found.length / depth;
            for (int block = 0; block < depth; block++) {
                if (free.at(block, site) != 0) {
                    double value = found[block * parts + (parts == 3 ? site.index() : 0)];
                    double wanted = all[(i * sites + s) * depth + block];
                    double bound = (exact ? 1e-10 : tolerances.get("importance and score")) * largest;
                    assertThat(Math.abs(value - wanted))
                            .as(
                                    "%s, step %d, %s of block %d: %s, expected %s",
                                    key, i, site.wire(), block, value, wanted)
                            .isLessThanOrEqualTo(bound);
                }
            }
            s++;
        }
    }

    private void compareEnd(Network network, LoracIpc method, int t) {
        TensorBundle adapters = network.bank().save();
        TensorBundle saved = method.save();
        SiteValues mask = SiteValues.ofArray(saved.get("mask").doubles());
        SiteValues scores = SiteValues.ofArray(saved.get("scores").doubles());
        double[] bank = saved.get("bank.task" + (t + 1)).doubles();
        int depth = network.shape().depth();
        for (Site site : sites()) {
            String end = "task%d.end.%s.".formatted(t, site.wire());
            for (int block = 0; block < depth; block++) {
                String name = "blocks.%d.%s.".formatted(block, site.wire());
                matrix(end + "A", "A", block, adapters.get(name + "down.task" + (t + 1)));
                matrix(end + "B", "B", block, adapters.get(name + "up.task" + (t + 1)));
                cell(end + "mask", "mask", mask.at(block, site), t * depth + block, false);
                cell(end + "score", "importance and score", scores.at(block, site), t * depth + block, true);
                int pool = (int) expected.get(prefix + end + "omega").shape()[0];
                for (int j = 0; j <= t; j++) {
                    double omega = bank[(j * depth + block) * Site.values().length + site.index()];
                    cell(end + "omega", "omega", omega, j * depth + block, false);
                    cell(end + "omega_bank", "omega", omega, (t * pool + j) * depth + block, false);
                }
            }
        }
        TensorBundle heads = network.heads()
                .save(List.of(
                        new dev.palimpsest.model.ClassRange(0, network.heads().classes())));
        all(
                "task%d.end.head.weight".formatted(t),
                "head",
                heads.get("task1.weight").doubles());
        all("task%d.end.head.bias".formatted(t), "head", heads.get("task1.bias").doubles());
    }

    /// A case may replace the mask after the first task.
    private LoracIpc forced(Network network, LoracIpc method, int t) {
        JsonNode forced = golden.json().path("forced_mask_after_task0");
        if (t != 0 || forced.isMissingNode()) {
            return method;
        }
        int depth = network.shape().depth();
        SiteValues mask = SiteValues.of(
                depth,
                site -> sites().contains(site.matrix())
                        ? forced.get(site.matrix().wire()).get(site.block()).doubleValue()
                        : 0);
        TensorBundle saved = method.save();
        TensorBundle changed = new TensorBundle();
        for (String name : saved.names()) {
            HostTensor values = saved.get(name);
            changed.put(name, name.equals("mask") ? HostTensor.ofDoubles(mask.toArray(), values.shape()) : values);
        }
        LoracIpc next = new LoracIpc(settings());
        next.restore(changed, network, List.of(task(0)));
        return next;
    }

    /// Puts the recorded start of this task's adapter in place of the drawn one.
    private void start(Network network, int t) {
        TensorBundle adapters = network.bank().save();
        TensorBundle changed = new TensorBundle();
        for (String name : adapters.names()) {
            HostTensor values = adapters.get(name);
            String[] parts = name.split("\\.", -1);
            boolean newest = parts[4].equals("task" + (t + 1));
            changed.put(
                    name, newest ? initial(parts[2], parts[3].equals("down"), t, Integer.parseInt(parts[1])) : values);
        }
        network.bank().restore(changed, t + 1);
    }

    /// A is stored as [pool, block, in, r] and B as [pool, block, r, out]; ours are the transposes.
    private HostTensor initial(String site, boolean down, int t, int block) {
        HostTensor all = inputs.get("init." + site + (down ? ".A" : ".B"));
        return transposed(all, t * (int) all.shape()[1] + block);
    }

    private static HostTensor transposed(HostTensor all, int index) {
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

    private void matrix(String name, String quantity, int block, HostTensor found) {
        double[] wanted = transposed(expected.get(prefix + name), block).doubles();
        double[] values = found.doubles();
        for (int i = 0; i < wanted.length; i++) {
            near(name, quantity, values[i], wanted[i], 1);
        }
    }

    private void cell(String name, String quantity, double found, int index, boolean relative) {
        double[] wanted = expected.get(prefix + name).doubles();
        double largest = relative ? largest(name) : 1;
        near(name, quantity, found, wanted[index], largest);
    }

    /// The largest absolute value of a quantity over all sites.
    private double largest(String name) {
        String[] parts = name.split("\\.", -1);
        double largest = 0;
        for (Site site : sites()) {
            double[] values = expected.get(prefix + "%s.%s.%s.%s".formatted(parts[0], parts[1], site.wire(), parts[3]))
                    .doubles();
            largest =
                    Math.max(largest, Arrays.stream(values).map(Math::abs).max().orElse(0));
        }
        return largest;
    }

    private void all(String name, String quantity, double[] found) {
        double[] wanted = expected.get(prefix + name).doubles();
        assertThat(found).as(name).hasSameSizeAs(wanted);
        for (int i = 0; i < wanted.length; i++) {
            near(name, quantity, found[i], wanted[i], 1);
        }
    }

    private void near(String name, String quantity, double found, double wanted, double unit) {
        double tolerance = exact && !quantity.equals("mask") ? 1e-10 : tolerances.get(quantity);
        assertThat(Math.abs(found - wanted))
                .as("%s: %s, expected %s", prefix + name, found, wanted)
                .isLessThanOrEqualTo(tolerance * unit);
    }

    private void scalar(String name, double found, JsonNode step, int t, int i) {
        if (step.has(name)) {
            close(
                    name,
                    exact ? 1e-10 * 100 : tolerances.get(name),
                    found,
                    step.get(name).get("f64"),
                    t,
                    i);
        }
    }

    private void close(String name, double tolerance, double found, JsonNode wanted, int t, int i) {
        assertThat(Math.abs(found - wanted.doubleValue()))
                .as("%s%s of task %d, step %d: %s, expected %s", prefix, name, t, i, found, wanted)
                .isLessThanOrEqualTo(tolerance);
    }

    private JsonNode part(String name) {
        return prefix.isEmpty()
                ? golden.json().get(name)
                : golden.json().get(prefix.substring(0, prefix.length() - 1)).get(name);
    }

    private HostTensor batches() {
        return expected.has("batches") ? expected.get("batches") : inputs.get("batches");
    }

    private JsonNode config(String name) {
        JsonNode own = golden.json().path(name);
        return own.isMissingNode() ? config.path(name) : own;
    }

    private LoracIpc.Settings settings() {
        return new LoracIpc.Settings(
                fidelity,
                Set.copyOf(sites()),
                (int) inputs.get("init." + sites().getFirst().wire() + ".A").shape()[1],
                config.get("rank").intValue(),
                null,
                config.get("ortho").doubleValue(),
                config.get("omega_lr_scale").doubleValue(),
                null,
                config.get("threshold").doubleValue(),
                config.get("new_mask").booleanValue() ? LoracIpc.CountOver.FREE_SITES : LoracIpc.CountOver.ALL_SITES,
                golden.json().path("importance_beta1").asDouble(0.85),
                golden.json().path("importance_beta2").asDouble(0.85),
                null,
                null);
    }

    private List<Site> sites() {
        return Arrays.stream(Site.values())
                .filter(site -> inputs.has("init." + site.wire() + ".A"))
                .toList();
    }

    private static int stack(Site site) {
        return Math.max(0, site.index() - 2);
    }

    private Network network(Backbone backbone) {
        AdapterSettings adapters = new AdapterSettings(
                config.get("rank").intValue(),
                Set.copyOf(sites()),
                (int) inputs.get("init." + sites().getFirst().wire() + ".A").shape()[1],
                1.0 / config.get("rank").intValue());
        NumericMode mode = exact ? NumericMode.FP64 : NumericMode.FP32;
        List<Double> half = List.of(0.5, 0.5, 0.5);
        PixelRecipe pixels = new PixelRecipe(
                false, 1, 1, false, false, 0, 0, config.get("image").intValue(), false, half, half);
        int classes = (int) inputs.get("init.head.bias").shape()[0];
        return new Network(runtime, backbone, adapters, classes, false, mode, pixels, 0);
    }

    private ImagePixels images(Network network) {
        HostTensor images = inputs.get("train_images");
        int count = (int) images.shape()[0];
        int side = (int) images.shape()[1];
        return network.uniform(planes(images.bytes(), count, side), count, side, side);
    }

    /// From [n, y, x, 3] to [n, 3, y, x].
    static byte[] planes(byte[] pixels, int count, int side) {
        byte[] result = new byte[pixels.length];
        int area = side * side;
        for (int n = 0; n < count; n++) {
            for (int p = 0; p < area; p++) {
                for (int channel = 0; channel < 3; channel++) {
                    result[(n * 3 + channel) * area + p] = pixels[(n * area + p) * 3 + channel];
                }
            }
        }
        return result;
    }

    private LearningTask task(int t) {
        int count = config.get("classes_per_task").intValue();
        int[] classes = IntStream.range(t * count, (t + 1) * count).toArray();
        List<String> labels = Arrays.stream(classes).mapToObj(Integer::toString).collect(Collectors.toList());
        return new LearningTask(
                t, "task " + t, classes, classes, labels, t * count, count, new int[0], new int[0], new int[0]);
    }

    /// The weights file, with the case's own last norm where it has one.
    private Path weights() {
        Path file = beside(golden, "vit-", golden.tensors().isEmpty() ? "" : ".safetensors");
        TensorBundle own = new TensorBundle();
        try (Safetensors tensors = Safetensors.open(plain(file))) {
            for (String name : tensors.names()) {
                own.put(name, expected.has(name) ? expected.get(name) : tensors.read(name));
            }
            Path copy = Files.createTempFile("weights", ".safetensors");
            try (OutputStream out = Files.newOutputStream(copy)) {
                Safetensors.write(out, own, Map.of());
            }
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// `vit-x.outputs.safetensors` lies beside `vit-x.safetensors`.
    private static Path plain(Path file) {
        return file.resolveSibling(name(file).replace(".outputs", ""));
    }
}
