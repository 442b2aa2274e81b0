package dev.palimpsest.model;

import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.Program;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.List;

/// One linear classifier over all classes of a run, in the order in which they are learned: task t owns a
/// contiguous range of rows. Weight [C, W], bias [C], in the master type; W is the network's width, or that of a map
/// of its features ([Classifier.Projected]).
public final class ClassifierHeads implements AutoCloseable {

    /// What rows hold before they train.
    public enum Start {
        /// Weights normal with deviation 0.02, biases 0 (`docs/methods/lorac-ipc.md` 1.1).
        NORMAL,
        /// Weights and biases uniform in +-1/sqrt(D), as PyTorch draws a linear layer.
        UNIFORM
    }

    private static final double DEVIATION = 0.02;

    /// Apart enough to leave the bits that name the stream alone (`RandomStreams`).
    private static final long SEED_STRIDE = 8;

    private final Storage storage;
    private final Tensor weight;
    private final Tensor bias;

    ClassifierHeads(Storage storage, int classes, int width, Start start, long seed) {
        this(
                storage,
                switch (start) {
                    case NORMAL -> storage.normal(seed, DEVIATION, classes, width);
                    case UNIFORM -> storage.uniform(seed, bound(width), classes, width);
                },
                switch (start) {
                    case NORMAL -> storage.zeros(classes);
                    case UNIFORM -> storage.uniform(seed + SEED_STRIDE, bound(width), classes);
                });
    }

    private ClassifierHeads(Storage storage, Tensor weight, Tensor bias) {
        this.storage = storage;
        this.weight = weight;
        this.bias = bias;
    }

    private static double bound(int width) {
        return 1 / Math.sqrt(width);
    }

    /// Heads that are still to be computed.
    static ClassifierHeads zero(Storage storage, int classes, int width) {
        return new ClassifierHeads(storage, storage.zeros(classes, width), storage.zeros(classes));
    }

    public int classes() {
        return Math.toIntExact(bias.shape()[0]);
    }

    /// Numbers of an input.
    public int width() {
        return Math.toIntExact(weight.shape()[1]);
    }

    Tensor weight() {
        return weight;
    }

    Tensor bias() {
        return bias;
    }

    /// Replaces rows from the given class on.
    ///
    /// @param weights row after row
    public void set(int firstClass, double[] weights, double[] biases) {
        long width = weight.shape()[1];
        try (Tensor rows = storage.of(weights, biases.length, width);
                Tensor values = storage.of(biases, biases.length)) {
            put(firstClass, rows, values);
        }
    }

    /// Replaces rows from the given class on, casting.
    ///
    /// @param rows one a class, W numbers each
    /// @param values as many biases
    public void put(int firstClass, Tensor rows, Tensor values) {
        long width = weight.shape()[1];
        try (Tensor target = storage.window(weight, firstClass * width, rows.shape());
                Tensor biases = storage.window(bias, firstClass, values.shape())) {
            storage.fill(target, rows);
            storage.fill(biases, values);
        }
    }

    /// Class ranges of the tasks so far; saved as `task{t}.weight` and `task{t}.bias`, t from 1.
    public TensorBundle save(List<ClassRange> tasks) {
        TensorBundle bundle = new TensorBundle();
        for (int t = 0; t < tasks.size(); t++) {
            ClassRange range = tasks.get(t);
            long width = weight.shape()[1];
            bundle.put(
                    "task" + (t + 1) + ".weight", HostTensor.of(weight, range.first() * width, range.count(), width));
            bundle.put("task" + (t + 1) + ".bias", HostTensor.of(bias, range.first(), range.count()));
        }
        return bundle;
    }

    public void restore(TensorBundle saved, List<ClassRange> tasks) {
        for (int t = 0; t < tasks.size(); t++) {
            try (Tensor rows = storage.of(saved.get("task" + (t + 1) + ".weight"));
                    Tensor biases = storage.of(saved.get("task" + (t + 1) + ".bias"))) {
                put(tasks.get(t).first(), rows, biases);
            }
        }
    }

    /// Rows of their own with the same values.
    public ClassifierHeads copy() {
        return new ClassifierHeads(storage, storage.copy(weight), storage.copy(bias));
    }

    /// Takes the values of other heads of this form over.
    public void take(ClassifierHeads other) {
        storage.fill(weight, other.weight);
        storage.fill(bias, other.bias);
    }

    /// Becomes the start and the merged changes from it: weight and bias side by side are one more site.
    ///
    /// @param trained what each source made of the start, in order
    /// @param seed of the stream `sampling`, for the rules that draw
    public void merge(ClassifierHeads start, List<ClassifierHeads> trained, MergeRule rule, long seed) {
        Program program = storage.runtime().program();
        try (TensorScope scope = new TensorScope(storage.runtime())) {
            List<Tensor> changes = new ArrayList<>();
            for (ClassifierHeads one : trained) {
                changes.add(program.call(scope, "heads_change", one.weight, one.bias, start.weight, start.bias));
            }
            long[] shape = {classes(), width() + 1L};
            SiteSources sources =
                    new SiteSources(shape, List.of(), List.of(), new long[0], new double[0], List.copyOf(changes));
            Tensor merged = sources.merge(scope, storage, rule, seed);
            program.run("change_heads", weight, bias, start.weight, start.bias, merged);
        }
    }

    /// All rows as `weight` [C, W] and `bias` [C]; read when they are written.
    public TensorBundle save() {
        return new TensorBundle().put("weight", storage.saved(weight)).put("bias", storage.saved(bias));
    }

    /// Takes what [#save()] gave.
    public void restore(TensorBundle saved) {
        storage.fill(weight, saved.get("weight"));
        storage.fill(bias, saved.get("bias"));
    }

    @Override
    public void close() {
        weight.close();
        bias.close();
    }
}
