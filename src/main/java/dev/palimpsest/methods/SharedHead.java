package dev.palimpsest.methods;

import dev.palimpsest.model.ClassifierHeads;
import dev.palimpsest.model.MergeRule;
import dev.palimpsest.model.Network;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One head of all planned classes that every task trains from a common start and whose change is part of the task's
/// vector (`docs/methods/task-arithmetic.md` 2).
///
/// Saved: `start.weight` [C, D] and `start.bias` [C], the same under `task{t}` as task t left them, t from 1.
final class SharedHead implements AutoCloseable {

    private static final String START = "start.";

    private @Nullable ClassifierHeads start;
    private final List<ClassifierHeads> trained = new ArrayList<>();

    /// Puts the network's heads where the next task begins.
    ///
    /// @param sequential where the task before left them, if there is one
    void begin(Network network, boolean sequential) {
        ClassifierHeads common = start;
        if (common == null) {
            start = network.heads().copy();
            return;
        }
        network.heads().take(sequential && !trained.isEmpty() ? trained.getLast() : common);
    }

    /// Keeps what the network's heads have become.
    void learned(Network network) {
        trained.add(network.heads().copy());
    }

    /// Makes the network's heads the start and the merged changes of all tasks.
    void merge(Network network, MergeRule rule, long seed) {
        ClassifierHeads common = start;
        if (common != null) {
            network.heads().merge(common, trained, rule, seed);
        }
    }

    TensorBundle save() {
        TensorBundle bundle = new TensorBundle();
        if (start != null) {
            bundle.putAll(START, start.save());
        }
        for (int t = 0; t < trained.size(); t++) {
            bundle.putAll(task(t), trained.get(t).save());
        }
        return bundle;
    }

    /// Takes what [#save] gave.
    ///
    /// @param tasks how many were learned
    void restore(TensorBundle saved, Network network, int tasks) {
        if (tasks == 0) {
            return;
        }
        start = restored(saved.under(START), network);
        for (int t = 0; t < tasks; t++) {
            trained.add(restored(saved.under(task(t)), network));
        }
    }

    private static ClassifierHeads restored(TensorBundle saved, Network network) {
        ClassifierHeads heads = network.heads().copy();
        heads.restore(saved);
        return heads;
    }

    private static String task(int t) {
        return "task" + (t + 1) + ".";
    }

    @Override
    public void close() {
        if (start != null) {
            start.close();
        }
        trained.forEach(ClassifierHeads::close);
    }
}
