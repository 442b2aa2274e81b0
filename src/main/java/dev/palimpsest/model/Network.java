package dev.palimpsest.model;

import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.FloatMap;
import dev.palimpsest.torch.HostBytes;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.IntMap;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorMap;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Backbone, adapters and heads of one run on a device; used by one thread.
///
/// Letters: n images, N tokens, D width, L blocks, C classes, R rank of all stacked adapters.
///
/// Longer than 350 lines: the one door from a run to the programs; what needs no network is not behind it.
public final class Network implements AutoCloseable {

    private static final int STEPS_ON_DEVICE = 10;
    private static final String PROJECTION = "projection";

    private final TorchRuntime runtime;
    private final Storage storage;
    private final Backbone backbone;
    private final boolean ownsBackbone;
    private final NumericMode mode;
    private final AdapterBank bank;
    private final ClassifierHeads heads;
    private final PixelRecipe pixels;
    private final IntMap c;
    private final FloatMap f;
    private List<Tensor> frozen = List.of();
    private Classifier classifier;

    /// A network with fresh heads and no adapters.
    ///
    /// @param classes how many classes the run will learn
    /// @param trainsBackbone whether this network needs weights of its own
    /// @param headSeed of the stream `init`
    public Network(
            TorchRuntime runtime,
            Backbone backbone,
            AdapterSettings adapters,
            int classes,
            boolean trainsBackbone,
            NumericMode mode,
            PixelRecipe pixels,
            long headSeed) {
        this(
                runtime,
                backbone,
                adapters,
                classes,
                trainsBackbone,
                mode,
                pixels,
                ClassifierHeads.Start.NORMAL,
                headSeed);
    }

    /// A network with fresh heads that start as a method wants them.
    public Network(
            TorchRuntime runtime,
            Backbone backbone,
            AdapterSettings adapters,
            int classes,
            boolean trainsBackbone,
            NumericMode mode,
            PixelRecipe pixels,
            ClassifierHeads.Start headStart,
            long headSeed) {
        this(
                runtime,
                trainsBackbone ? backbone.copy() : backbone,
                trainsBackbone,
                adapters,
                mode,
                pixels,
                new ClassifierHeads(
                        backbone.storage(), classes, backbone.shape().width(), headStart, headSeed));
    }

    private Network(
            TorchRuntime runtime,
            Backbone backbone,
            boolean ownsBackbone,
            AdapterSettings adapters,
            NumericMode mode,
            PixelRecipe pixels,
            ClassifierHeads heads) {
        this.runtime = runtime;
        this.storage = backbone.storage();
        this.backbone = backbone;
        this.ownsBackbone = ownsBackbone;
        this.mode = mode;
        this.pixels = pixels;
        this.bank = new AdapterBank(storage, backbone.shape(), adapters);
        this.heads = heads;
        this.classifier = new Classifier.Linear(heads);
        Map<String, Long> ints = new LinkedHashMap<>();
        Map<String, Double> floats = new LinkedHashMap<>();
        numbers(ints, floats);
        this.c = IntMap.of(ints);
        this.f = FloatMap.of(floats);
        castFrozen();
    }

    /// A network of its own that begins as this one is under a view: its backbone are the weights of the view, its
    /// heads
    /// are as these are now, and it has no adapter yet. Neither sees what becomes of the other.
    public Network copy(AdapterView start) {
        return new Network(runtime, backbone.with(fold(start)), true, bank.settings(), mode, pixels, heads.copy());
    }

    public VitShape shape() {
        return backbone.shape();
    }

    public AdapterBank bank() {
        return bank;
    }

    /// The heads that train; they score as long as nothing is projected.
    public ClassifierHeads heads() {
        return heads;
    }

    /// What scores.
    public Classifier classifier() {
        return classifier;
    }

    /// Puts a random map between features and heads, from now on: relu(feature P) with P [D, width] standard normal,
    /// and
    /// heads of zeros that are still to be computed.
    ///
    /// @param width M
    /// @throws IllegalStateException if there is such a map already
    public Classifier.Projected project(int width, long seed) {
        return project(storage.normal(seed, 1, shape().width(), width));
    }

    private Classifier.Projected project(Tensor projection) {
        if (classifier instanceof Classifier.Projected) {
            projection.close();
            throw new IllegalStateException("the features are projected already");
        }
        int width = Math.toIntExact(projection.shape()[1]);
        var projected = new Classifier.Projected(projection, ClassifierHeads.zero(storage, heads.classes(), width));
        classifier = projected;
        return projected;
    }

    /// What scores: the heads of tasks, and under `projection` the map before them if there is one.
    public TensorBundle saveHeads(List<ClassRange> tasks) {
        TensorBundle bundle = classifier.heads().save(tasks);
        if (classifier instanceof Classifier.Projected projected) {
            bundle.put(PROJECTION, storage.saved(projected.projection()));
        }
        return bundle;
    }

    /// Takes what [#saveHeads] gave.
    public void restoreHeads(TensorBundle saved, List<ClassRange> tasks) {
        if (saved.has(PROJECTION)) {
            project(storage.of(saved.get(PROJECTION)));
        }
        classifier.heads().restore(saved, tasks);
    }

    public NumericMode mode() {
        return mode;
    }

    public TorchRuntime runtime() {
        return runtime;
    }

    Backbone backbone() {
        return backbone;
    }

    Storage storage() {
        return storage;
    }

    /// The frozen part in the types of the mode.
    List<Tensor> frozen() {
        return frozen;
    }

    /// What every call is told about the network, the mode and the pixels.
    void numbers(Map<String, Long> ints, Map<String, Double> floats) {
        ints.put("heads", (long) shape().heads());
        ints.put("dtype", (long) mode.compute().code());
        ints.put("kernel", (long) mode.kernel());
        ints.put("fused", (long) mode.fused());
        ints.put("pass_images", (long) shape().passImages(storage.device(), runtime.threads()));
        ints.put("side", (long) shape().imageSize());
        pixels.into(ints, floats);
    }

    /// Puts decoded pictures of one size on the device. On a CPU, and of a file, the tensors are the bytes
    /// themselves, which live on when the caller closes them.
    ///
    /// @param bytes CHW, image after image
    public ImagePixels uniform(HostBytes bytes, int count, int height, int width) {
        return new ImagePixels(List.of(storage.of(bytes, count, 3, height, width)), count);
    }

    /// Puts decoded pictures of different sizes on the device; their table stays on the CPU.
    ///
    /// @param table offset, height and width of each image
    /// @param length of all images
    public ImagePixels mixed(HostBytes bytes, long[] table, long length) {
        int count = table.length / 3;
        return new ImagePixels(List.of(storage.of(bytes, length), storage.ofHost(table, count, 3)), count);
    }

    /// The dense weights of a view in the compute type.
    public Weights compose(AdapterView view) {
        if (view.empty() && mode.compute() == storage.master()) {
            return new Weights(backbone.stacks(), false);
        }
        return new Weights(composed(view, mode.compute()), true);
    }

    /// `W0` plus the view in the master type: always all branches in task order by one call, so that an
    /// unbroken and a resumed run get the same bits.
    List<Tensor> fold(AdapterView view) {
        return composed(view, storage.master());
    }

    private List<Tensor> composed(AdapterView view, ElementType type) {
        int count = Math.min(bank.size(), view.coefficients().size());
        try (TensorScope scope = new TensorScope(runtime)) {
            List<Tensor> down = new ArrayList<>();
            List<Tensor> up = new ArrayList<>();
            List<Tensor> columns = new ArrayList<>();
            for (int stack = 0; stack < Site.STACKS; stack++) {
                down.add(owned(scope, bank.stackedDown(stack, count)));
                up.add(owned(scope, bank.stackedUp(stack, count)));
                columns.add(owned(scope, bank.columns(stack, view, count)));
            }
            DenseChange dense = view.dense();
            List<Tensor> result = runtime.program()
                    .callAll(
                            scope,
                            "compose_view",
                            backbone.stacks(),
                            down,
                            up,
                            columns,
                            dense == null ? List.of() : dense.matrices(),
                            dense == null ? new long[0] : dense.places(),
                            type.code());
            return result.stream().map(scope::keep).toList();
        }
    }

    /// The most steps that one call should take: a device idles whenever the host looks at a step's numbers, a
    /// CPU does not.
    public int stepsAtOnce() {
        return storage.onCpu() ? 1 : STEPS_ON_DEVICE;
    }

    /// Images of one chunk of an evaluation.
    public int chunk() {
        return shape().chunkImages(storage.device());
    }

    /// Features of images through the evaluation pixels: the class token after the last norm. Shape [rows,
    /// D].
    ///
    /// Rows go through in chunks of one fixed size, the last one padded, so that a row's bits do not depend
    /// on its neighbours.
    ///
    /// @param rows which images, at most `chunk`
    public Tensor features(TensorScope scope, ImagePixels images, long[] rows, Weights weights, int chunk) {
        Tensor chosen = scope.longs(rows, rows.length);
        return runtime.program()
                .call(scope, "features", images.tensors(), chosen, weights.stacks(), frozen, c, f, (long) chunk);
    }

    /// Runs a program that changes tensors of a state map, with this network's numbers.
    void run(TensorScope scope, String program, TensorMap s, Tensor rows, long seed) {
        runtime.program().call(scope, program, s, c, f, rows, seed);
    }

    /// Scores of all classes, in chunks of one fixed size. Shape [n, C].
    ///
    /// @param features shape [n, D]
    public Tensor logits(TensorScope scope, double[] features, int count, int chunk) {
        Tensor rows = owned(scope, storage.of(features, count, shape().width()));
        Tensor inputs = switch (classifier) {
            case Classifier.Linear _ -> rows;
            case Classifier.Projected projected -> projected(scope, projected, rows, chunk);
        };
        ClassifierHeads scoring = classifier.heads();
        return runtime.program().call(scope, "logits", inputs, scoring.weight(), scoring.bias(), (long) chunk);
    }

    /// What heads above a map see of features, in chunks of one fixed size. Shape [n, M].
    ///
    /// @param features shape [n, D], in the master type
    public Tensor projected(TensorScope scope, Classifier.Projected classifier, Tensor features, int chunk) {
        return runtime.program().call(scope, "projected", features, classifier.projection(), (long) chunk);
    }

    /// One epoch of classifier alignment over samples of class statistics (`docs/methods/lorac-ipc.md` 6.2).
    ///
    /// @return the loss of each step; no number if the heads are too large to compute with afterwards
    public double[] align(AlignmentSamples samples, HeadMomentum momentum, AlignmentEpoch epoch) {
        try (TensorScope scope = new TensorScope(runtime)) {
            return runtime.program()
                    .call(
                            scope,
                            "align_epoch",
                            samples.mean(),
                            samples.spread(),
                            samples.labels(),
                            epoch.perStep(),
                            epoch.iterations(),
                            epoch.seed(),
                            heads.weight(),
                            heads.bias(),
                            momentum.weight(),
                            momentum.bias(),
                            epoch.seenClasses(),
                            epoch.learningRate(),
                            epoch.momentum(),
                            epoch.weightDecay(),
                            epoch.temperature(),
                            epoch.headSizes())
                    .doubles();
        }
    }

    /// Takes the sampling statistics of an alignment to the device.
    ///
    /// @param means of each Gaussian, [D]
    /// @param spreads of each, variances [D] or a covariance [D D]
    /// @param labels class position of each
    /// @param shares what each mean is multiplied with
    public AlignmentSamples samples(List<HostTensor> means, List<HostTensor> spreads, long[] labels, double[] shares) {
        int count = labels.length;
        long width = shape().width();
        Tensor mean = storage.zeros(count, width);
        boolean diagonal = spreads.getFirst().shape()[0] == width;
        Tensor spread = diagonal ? storage.zeros(count, width) : storage.zeros(count, width, width);
        for (int k = 0; k < count; k++) {
            fill(mean, k, means.get(k));
            fill(spread, k, spreads.get(k));
        }
        try (Tensor factors = storage.of(shares, count)) {
            runtime.program().run("scale_rows", mean, factors);
        }
        return new AlignmentSamples(mean, spread, storage.of(labels, count));
    }

    private void fill(Tensor rows, int row, HostTensor values) {
        long size = values.shape()[0];
        try (Tensor target = storage.window(rows, row * size, size)) {
            storage.fill(target, values);
        }
    }

    /// Velocities of the head at rest.
    public HeadMomentum momentum() {
        return new HeadMomentum(
                storage.zeros(heads.weight().shape()),
                storage.zeros(heads.bias().shape()));
    }

    /// Makes the compute-type copies of the frozen part anew, after the backbone has trained. The last norm stays in
    /// the master type, on a CPU every norm (`kernels.py`).
    void castFrozen() {
        releaseFrozen();
        int depth = shape().depth();
        List<Tensor> result = new ArrayList<>();
        for (int i = 0; i < backbone.frozen().size(); i++) {
            boolean keep = Backbone.lastNorm(i, depth) || (Backbone.blockNorm(i, depth) && storage.onCpu());
            result.add(storage.cast(backbone.frozen().get(i), keep ? storage.master() : mode.compute()));
        }
        frozen = List.copyOf(result);
    }

    private void releaseFrozen() {
        frozen.forEach(Tensor::close);
        frozen = List.of();
    }

    private static Tensor owned(TensorScope scope, Tensor tensor) {
        scope.adopt(tensor);
        return tensor;
    }

    @Override
    public void close() {
        releaseFrozen();
        bank.close();
        heads.close();
        if (classifier instanceof Classifier.Projected projected) {
            projected.close();
        }
        c.close();
        f.close();
        if (ownsBackbone) {
            backbone.close();
        }
    }

    /// Saved weights of a backbone that trains, or null.
    public @Nullable TensorBundle saveBackbone() {
        return ownsBackbone ? backbone.save() : null;
    }

    /// Takes what [#saveBackbone] gave.
    public void restoreBackbone(TensorBundle saved) {
        backbone.restore(saved);
        castFrozen();
    }
}
