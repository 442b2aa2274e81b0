package dev.palimpsest.support;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.methods.ContinualMethod;
import dev.palimpsest.methods.ContinualMethods;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.methods.Phase;
import dev.palimpsest.methods.SequentialLora;
import dev.palimpsest.methods.TaskContext;
import dev.palimpsest.methods.TaskRecipe;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.TinyNetworks;
import dev.palimpsest.torch.TensorBundle;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A method whose model is an adapter and a drawn dense change, another one after every task.
public final class ChangedLora implements ContinualMethod {

    private final ContinualMethod adapters;
    private @Nullable Network network;

    /// @param adapters how the adapter learns
    public ChangedLora(SequentialLora.Settings adapters) {
        this.adapters = ContinualMethods.create(adapters);
    }

    @Override
    public TaskRecipe beforeTask(TaskContext task) {
        network = task.network();
        return adapters.beforeTask(task);
    }

    @Override
    public List<Phase> afterTask(TaskContext task) {
        task.network()
                .bank()
                .keep(TinyNetworks.change(task.network(), task.task().index()));
        return adapters.afterTask(task);
    }

    @Override
    public Inference inference() {
        AdapterView view = ((Inference.Latest) adapters.inference()).view();
        return new Inference.Latest(
                new AdapterView(
                        view.coefficients(),
                        Objects.requireNonNull(network).bank().dense()),
                true);
    }

    @Override
    public TensorBundle save() {
        return adapters.save();
    }

    @Override
    public void restore(TensorBundle saved, Network restored, List<LearningTask> learned) {
        network = restored;
        adapters.restore(saved, restored, learned);
    }

    @Override
    public void close() {
        adapters.close();
    }
}
