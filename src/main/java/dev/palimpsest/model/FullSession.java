package dev.palimpsest.model;

import dev.palimpsest.torch.FloatMap;
import dev.palimpsest.torch.IntMap;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorMap;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.List;

/// A task in which every weight of the network trains: a baseline, and how the bundled backbone is made.
public final class FullSession implements TrainingSession {

    private final Network network;
    private final Storage storage;
    private final SessionSetup setup;
    private final SessionState state;
    private final FlatGroup group;
    private final long parameters;
    private final boolean ownHeadRate;
    private final Tensor headSteps;
    private final TensorMap s;
    private final IntMap c;
    private final FloatMap f;

    /// Starts from the network's weights.
    ///
    /// @param network one that owns its backbone
    /// @param ownHeadRate whether the head has a rate of its own; else the optimiser has one group
    public FullSession(Network network, SessionSetup setup, boolean ownHeadRate) {
        this.network = network;
        this.storage = network.storage();
        this.setup = setup;
        this.state = new SessionState(network, setup);
        this.ownHeadRate = ownHeadRate;
        this.headSteps = storage.zeros();
        List<Tensor> start = new ArrayList<>(network.backbone().frozen());
        start.addAll(network.backbone().stacks());
        ClassRange scope = setup.scope();
        Tensor rows = storage.narrow(network.heads().weight(), 0, scope.first(), scope.count());
        Tensor biases = storage.narrow(network.heads().bias(), 0, scope.first(), scope.count());
        start.add(rows);
        start.add(biases);
        parameters = start.stream()
                .mapToLong(tensor -> Storage.elements(tensor.shape()))
                .sum();
        group = new FlatGroup(storage, parameters);
        long head = Storage.elements(rows.shape()) + Storage.elements(biases.shape());
        if (ownHeadRate) {
            state.group(group.part(0, parameters - head, group.steps()));
            state.group(group.part(parameters - head, head, headSteps));
        } else {
            state.group(group.whole());
        }
        for (Tensor tensor : start) {
            FlatGroup.Trainable trainable = group.window(tensor.shape());
            storage.fill(trainable.value(), tensor);
            state.trainable("weights", trainable);
        }
        rows.close();
        biases.close();
        state.put("base", network.backbone().stacks()); // says the master type
        s = state.map();
        c = state.intMap();
        f = state.floatMap();
    }

    @Override
    public void order(long[] rows) {
        state.order(rows);
    }

    @Override
    public List<StepTally> steps(int position, int batch, int end, long[] seeds, StepRates rates, boolean collect) {
        try (TensorScope scope = new TensorScope(network.runtime())) {
            double[] each =
                    ownHeadRate ? new double[] {rates.adapters(), rates.heads()} : new double[] {rates.adapters()};
            return StepTally.of(
                    network.runtime()
                            .program()
                            .call(scope, "full_steps", s, c, f, position, batch, end, seeds, each)
                            .doubles(),
                    setup.terms());
        }
    }

    @Override
    public SessionResult finish() {
        List<Tensor> learned = state.list("weights");
        List<Tensor> frozen = network.backbone().frozen();
        List<Tensor> stacks = network.backbone().stacks();
        for (int i = 0; i < frozen.size(); i++) {
            storage.fill(frozen.get(i), learned.get(i));
        }
        for (int i = 0; i < stacks.size(); i++) {
            storage.fill(stacks.get(i), learned.get(frozen.size() + i));
        }
        int head = frozen.size() + stacks.size();
        network.heads().put(setup.scope().first(), learned.get(head), learned.get(head + 1));
        network.castFrozen();
        return new SessionResult.InNetwork();
    }

    @Override
    public TensorBundle save() {
        return group.save();
    }

    @Override
    public void restore(TensorBundle saved) {
        group.restore(saved);
        storage.fill(headSteps, group.steps());
    }

    @Override
    public long trainableParameters() {
        return parameters;
    }

    @Override
    public void close() {
        state.close();
        group.close();
        headSteps.close();
    }
}
