package dev.palimpsest.model;

import dev.palimpsest.torch.FloatMap;
import dev.palimpsest.torch.IntMap;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorMap;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A task in which the heads train, and with them the newest adapter or one of its halves, and past coefficients.
///
/// Letters: L blocks, P matrices of a stack, r rank, t past adapters, R = t r.
public final class AdapterSession implements TrainingSession {

    private final Network network;
    private final Storage storage;
    private final TrainingView view;
    private final SessionSetup setup;
    private final List<FlatGroup> groups = new ArrayList<>();
    private final List<FlatGroup> idle = new ArrayList<>();
    private final AdapterHalves halves;
    private @Nullable Weights reference;
    final SessionState state;
    final TensorMap s;
    private final IntMap plain;
    final IntMap collecting;
    final FloatMap f;
    final long[] live;

    public AdapterSession(Network network, TrainingView view, SessionSetup setup) {
        this.network = network;
        this.storage = network.storage();
        this.view = view;
        this.setup = setup;
        this.halves = new AdapterHalves(network, setup);
        this.state = new SessionState(network, setup);
        this.live = live();
        halves.into(state, group(halves.size()));
        coefficients();
        heads();
        base();
        terms();
        past();
        importance();
        s = state.map();
        state.ints().put("dense", denseIsCheaper() ? 1L : 0);
        plain = state.intMap();
        state.ints().put("dense", 1L);
        ImportanceCollection collection = setup.collection();
        state.ints().put("importance", collection != null && collection.frozenSites() ? 2L : 1);
        collecting = state.intMap();
        f = state.floatMap();
        if (view.past() != null) {
            network.runtime().program().run("task_constants", s);
        }
    }

    @Override
    public void order(long[] rows) {
        state.order(rows);
    }

    @Override
    public List<StepTally> steps(int position, int batch, int end, long[] seeds, StepRates rates, boolean collect) {
        try (TensorScope scope = new TensorScope(network.runtime())) {
            double[] each = {rates.adapters(), rates.pastCoefficients(), rates.heads()};
            IntMap c = collect ? collecting : plain;
            return StepTally.of(
                    network.runtime()
                            .program()
                            .call(scope, "steps", s, c, f, live, position, batch, end, seeds, each)
                            .doubles(),
                    setup.terms());
        }
    }

    @Override
    public SessionResult finish() {
        halves.writeBack(state);
        network.heads()
                .put(
                        setup.scope().first(),
                        state.list("head").get(0),
                        state.list("head").get(1));
        return halves.takePart()
                ? new SessionResult.OfAdapter(
                        omega(), siteValues(state.list("sensitivity")), siteValues(state.list("uncertainty")))
                : new SessionResult.InNetwork();
    }

    @Override
    public TensorBundle save() {
        TensorBundle bundle = new TensorBundle();
        for (int k = 0; k < groups.size(); k++) {
            bundle.putAll("group" + k + ".", groups.get(k).save());
        }
        for (String key : List.of("sensitivity", "uncertainty")) {
            for (int stack = 0; stack < Site.STACKS; stack++) {
                bundle.put(key + stack, storage.saved(state.list(key).get(stack)));
            }
        }
        halves.fixed().forEach((name, tensor) -> bundle.put(name, storage.saved(tensor)));
        return bundle;
    }

    @Override
    public void restore(TensorBundle saved) {
        for (int k = 0; k < groups.size(); k++) {
            groups.get(k).restore(saved.under("group" + k + "."));
        }
        for (String key : List.of("sensitivity", "uncertainty")) {
            for (int stack = 0; stack < Site.STACKS; stack++) {
                storage.fill(state.list(key).get(stack), saved.get(key + stack));
            }
        }
        halves.fixed().forEach((name, tensor) -> storage.fill(tensor, saved.get(name)));
    }

    @Override
    public long trainableParameters() {
        VitShape shape = network.shape();
        long scalars = (long) setup.scope().count() * (shape.width() + 1);
        TrainingView.Past past = view.past();
        for (AdapterSite site : network.bank().settings().all()) {
            Site matrix = site.matrix();
            if (view.gate().at(site) != 0) {
                long sides = setup.trains(Part.DOWN) ? shape.in(matrix) : 0;
                sides += setup.trains(Part.UP) ? shape.out(matrix) : 0;
                scalars += network.bank().settings().rank() * sides;
            }
            if (past != null
                    && setup.trains(Part.PAST_COEFFICIENTS)
                    && past.gate().at(site) != 0) {
                scalars += past.omega().size();
            }
        }
        return scalars;
    }

    /// Group 1: the coefficients of past adapters. Shape [L, P, t] a stack. If they do not train, the optimiser has an
    /// empty group in their place.
    private void coefficients() {
        TrainingView.Past past = view.past();
        int depth = network.shape().depth();
        int count = past == null ? 0 : past.omega().size();
        FlatGroup group = new FlatGroup(storage, (long) depth * Site.values().length * count);
        groups.add(group);
        if (past == null || setup.trains(Part.PAST_COEFFICIENTS)) {
            state.group(group.whole());
        } else {
            FlatGroup empty = new FlatGroup(storage, 0);
            idle.add(empty);
            state.group(empty.whole());
        }
        for (int stack = 0; stack < Site.STACKS; stack++) {
            if (past == null) {
                state.own("omega", storage.zeros(0));
                state.own("g_omega", storage.zeros(0));
                continue;
            }
            int parts = Site.parts(stack);
            double[] values = new double[depth * parts * count];
            for (int j = 0; j < count; j++) {
                double[] each = past.omega().get(j).stack(stack);
                for (int place = 0; place < each.length; place++) {
                    values[place * count + j] = each[place];
                }
            }
            FlatGroup.Trainable trainable = group.window(depth, parts, count);
            try (Tensor start = storage.of(values, depth, parts, count)) {
                storage.fill(trainable.value(), start);
            }
            state.trainable("omega", trainable);
        }
    }

    /// Group 2: the head rows in scope. Shapes [C, D] and [C].
    private void heads() {
        ClassRange scope = setup.scope();
        long width = network.shape().width();
        FlatGroup group = group(scope.count() * (width + 1));
        FlatGroup.Trainable weight = group.window(scope.count(), width);
        FlatGroup.Trainable bias = group.window(scope.count());
        try (Tensor rows = storage.narrow(network.heads().weight(), 0, scope.first(), scope.count());
                Tensor biases = storage.narrow(network.heads().bias(), 0, scope.first(), scope.count())) {
            storage.fill(weight.value(), rows);
            storage.fill(bias.value(), biases);
        }
        state.trainable("head", weight);
        state.trainable("head", bias);
    }

    private void base() {
        state.put("frozen", network.frozen());
        if (view.folded().empty()) {
            state.put("base", network.backbone().stacks());
        } else {
            network.fold(view.folded()).forEach(stack -> state.own("base", stack));
        }
        int depth = network.shape().depth();
        for (int stack = 0; stack < Site.STACKS; stack++) {
            int parts = Site.parts(stack);
            state.own("gate", storage.of(view.gate().stack(stack), depth, parts, 1, 1));
        }
    }

    private void terms() {
        int depth = network.shape().depth();
        SiteValues free = SiteValues.all(depth, 0);
        for (LossTerm term : setup.terms()) {
            switch (term) {
                case LossTerm.Orthogonality orthogonality -> {
                    free = orthogonality.free();
                    state.floats().put("orthogonality", orthogonality.weight());
                }
                case LossTerm.Divergence divergence -> {
                    Weights plain = network.compose(AdapterView.NONE);
                    reference = plain;
                    state.put("reference", plain.stacks());
                    state.floats().put("divergence", divergence.weight());
                }
            }
        }
        for (int stack = 0; stack < Site.STACKS; stack++) {
            state.own("free", storage.of(free.stack(stack), depth, Site.parts(stack)));
        }
    }

    private void past() {
        TrainingView.Past past = view.past();
        int depth = network.shape().depth();
        for (int stack = 0; stack < Site.STACKS; stack++) {
            int parts = Site.parts(stack);
            int count = past == null ? 0 : past.omega().size();
            state.own("past_down", network.bank().stackedDown(stack, count));
            state.own("past_up", network.bank().stackedUp(stack, count));
            double[] gate =
                    past == null ? new double[depth * parts] : past.gate().stack(stack);
            state.own("past_gate", storage.of(gate, depth, parts, 1));
            state.own("past_error", storage.zeros((long) depth * parts, 1, 1));
        }
    }

    private void importance() {
        int depth = network.shape().depth();
        for (int stack = 0; stack < Site.STACKS; stack++) {
            state.own("sensitivity", storage.zeros((long) depth * Site.parts(stack)));
            state.own("uncertainty", storage.zeros((long) depth * Site.parts(stack)));
        }
        ImportanceCollection collection = setup.collection();
        if (collection != null) {
            state.floats().put("sensitivity_decay", collection.sensitivityDecay());
            state.floats().put("uncertainty_decay", collection.uncertaintyDecay());
        }
    }

    /// 1 for each site that something trains at, block after block.
    private long[] live() {
        TrainingView.Past past = view.past();
        double[] gate = view.gate().toArray();
        double[] pastGate = past == null || !setup.trains(Part.PAST_COEFFICIENTS)
                ? new double[gate.length]
                : past.gate().toArray();
        long[] result = new long[gate.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = gate[i] != 0 || pastGate[i] != 0 ? 1 : 0;
        }
        return result;
    }

    /// Whether factor gradients by way of the dense weight gradient cost less than skinny products. By count
    /// the two meet at `R + 2 r = 2/3 D`; skinny products reach a lower share of the peak, and the tie measured
    /// on a CPU is at `D / 2`. A GPU's host takes longer to launch their many kernels than the card needs for the
    /// dense form (`docs/performance.md`).
    private boolean denseIsCheaper() {
        TrainingView.Past past = view.past();
        int rank = network.bank().settings().rank();
        int stacked = past == null ? 0 : past.omega().size() * rank;
        return !storage.onCpu() || 2 * (stacked + 2 * rank) > network.shape().width();
    }

    private FlatGroup group(long size) {
        FlatGroup group = new FlatGroup(storage, size);
        groups.add(group);
        state.group(group.whole());
        return group;
    }

    /// The coefficients as they are now; where none trains, as they were, whatever the optimiser decays.
    private List<SiteValues> omega() {
        TrainingView.Past past = view.past();
        if (past == null) {
            return List.of();
        }
        int count = past.omega().size();
        List<SiteValues> result = new ArrayList<>();
        for (int j = 0; j < count; j++) {
            double[][] stacks = new double[Site.STACKS][];
            for (int stack = 0; stack < Site.STACKS; stack++) {
                double[] values = state.list("omega").get(stack).doubles();
                double[] gate = past.gate().stack(stack);
                double[] each = past.omega().get(j).stack(stack);
                for (int place = 0; place < each.length; place++) {
                    each[place] = gate[place] == 0 ? each[place] : values[place * count + j];
                }
                stacks[stack] = each;
            }
            result.add(SiteValues.ofStacks(network.shape().depth(), stacks));
        }
        return result;
    }

    private SiteValues siteValues(List<Tensor> stacks) {
        double[][] values = stacks.stream().map(Tensor::doubles).toArray(double[][]::new);
        return SiteValues.ofStacks(network.shape().depth(), values);
    }

    @Override
    public void close() {
        state.close();
        if (reference != null) {
            reference.close();
        }
        groups.forEach(FlatGroup::close);
        idle.forEach(FlatGroup::close);
    }
}
