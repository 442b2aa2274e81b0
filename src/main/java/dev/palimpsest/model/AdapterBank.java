package dev.palimpsest.model;

import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All adapters of a run, in task order, each kept as four stacks: A `down` [L, P, r, in] and B `up` [L, P,
/// out, r].
///
/// The change of a weight is scale * B A. Sites without an adapter hold zeros and are never saved; a stack
/// without any adapted site is left out (null).
public final class AdapterBank implements AutoCloseable {

    /// One adapter at every chosen site.
    private record Adapter(List<@Nullable Tensor> down, List<@Nullable Tensor> up) {}

    /// Apart enough to leave the bits that name the stream alone (`RandomStreams`).
    private static final long SEED_STRIDE = 8;

    private final Storage storage;
    private final VitShape shape;
    private final AdapterSettings settings;
    private final List<Adapter> adapters = new ArrayList<>();
    private @Nullable DenseChange dense;

    AdapterBank(Storage storage, VitShape shape, AdapterSettings settings) {
        this.storage = storage;
        this.shape = shape;
        this.settings = settings;
    }

    public AdapterSettings settings() {
        return settings;
    }

    /// How many adapters there are.
    public int size() {
        return adapters.size();
    }

    /// How far the first values of A reach to both sides of 0: PyTorch's Kaiming rule with a = sqrt(5), applied to a
    /// matrix of one or the other form.
    public enum Bound {
        /// 1/sqrt(r), of an in x r matrix (`docs/methods/lorac-ipc.md` 2.1).
        BY_RANK,
        /// 1/sqrt(in), of an r x in matrix.
        BY_INPUT
    }

    /// Adds an adapter: A uniform in +-1/sqrt(r), B zero, so that the network is unchanged at first.
    public void grow(long seed) {
        grow(seed, Bound.BY_RANK);
    }

    /// Adds an adapter: A uniform within the bound, B zero.
    public void grow(long seed, Bound reach) {
        List<@Nullable Tensor> down = new ArrayList<>();
        List<@Nullable Tensor> up = new ArrayList<>();
        for (int stack = 0; stack < Site.STACKS; stack++) {
            if (!settings.adaptsStack(stack)) {
                down.add(null);
                up.add(null);
                continue;
            }
            double bound = 1
                    / Math.sqrt(
                            switch (reach) {
                                case BY_RANK -> settings.rank();
                                case BY_INPUT -> shape.in(stack);
                            });
            Tensor values = storage.uniform(seed + SEED_STRIDE * stack, bound, downShape(stack));
            clearUnadapted(values, stack);
            down.add(values);
            up.add(storage.zeros(upShape(stack)));
        }
        adapters.add(new Adapter(down, up));
    }

    /// Replaces A of the newest adapter at a site by a designed one.
    ///
    /// @param down shape [r, in], of any type and device
    public void put(AdapterSite site, Tensor down) {
        int stack = site.matrix().stack();
        try (Tensor target = window(down(stack), site, downShape(stack))) {
            storage.fill(target, down);
        }
    }

    /// The change that is saved beside the adapters, or null.
    public @Nullable DenseChange dense() {
        return dense;
    }

    /// Takes a change over in place of the one before, which it closes.
    public void keep(@Nullable DenseChange change) {
        if (dense != null && dense != change) {
            dense.close();
        }
        dense = change;
    }

    /// Lets the newest adapter begin where the one before it is.
    public void beginAsBefore() {
        Adapter newest = adapters.getLast();
        Adapter before = adapters.get(adapters.size() - 2);
        for (int stack = 0; stack < Site.STACKS; stack++) {
            fill(newest.down().get(stack), before.down().get(stack));
            fill(newest.up().get(stack), before.up().get(stack));
        }
    }

    private void fill(@Nullable Tensor target, @Nullable Tensor values) {
        if (target != null && values != null) {
            storage.fill(target, values);
        }
    }

    /// The dense change among saved tensors times a factor, or null if there is none. The caller closes it.
    public @Nullable DenseChange change(TensorBundle saved, double factor) {
        DenseChange change = DenseChange.restore(saved, storage, shape.depth());
        if (change != null) {
            change.scale(storage, factor);
        }
        return change;
    }

    /// Every adapter at the scale of the settings.
    public AdapterView all() {
        return AdapterView.first(size(), settings.scales(shape.depth()));
    }

    /// Scalars of one adapter over all its sites.
    public long parameters() {
        return settings.all().stream()
                .mapToLong(site -> (long) settings.rank() * (shape.in(site.matrix()) + shape.out(site.matrix())))
                .sum();
    }

    /// A of the newest adapter, or null where a stack has none.
    @Nullable
    Tensor down(int stack) {
        return adapters.getLast().down().get(stack);
    }

    @Nullable
    Tensor up(int stack) {
        return adapters.getLast().up().get(stack);
    }

    /// A of an adapter at a site [r, in]; the caller closes it.
    Tensor downAt(int adapter, AdapterSite site) {
        int stack = site.matrix().stack();
        return window(adapters.get(adapter).down().get(stack), site, downShape(stack));
    }

    /// B of an adapter at a site [out, r]; the caller closes it.
    Tensor upAt(int adapter, AdapterSite site) {
        int stack = site.matrix().stack();
        return window(adapters.get(adapter).up().get(stack), site, upShape(stack));
    }

    /// A of the first `count` adapters one below the other. Shape [L, P, count r, in]; an empty tensor
    /// without adapters.
    Tensor stackedDown(int stack, int count) {
        return stacked(stack, count, true);
    }

    /// B of the first `count` adapters side by side. Shape [L, P, out, count r].
    Tensor stackedUp(int stack, int count) {
        return stacked(stack, count, false);
    }

    private Tensor stacked(int stack, int count, boolean down) {
        List<Tensor> parts = new ArrayList<>();
        for (Adapter adapter : adapters.subList(0, count)) {
            Tensor part = (down ? adapter.down() : adapter.up()).get(stack);
            if (part != null) {
                parts.add(part);
            }
        }
        return parts.isEmpty() ? storage.zeros(0) : storage.join(parts, down ? 2 : 3);
    }

    /// The coefficient of every stacked column. Shape [L, P, count r].
    Tensor columns(int stack, AdapterView view, int count) {
        int places = shape.depth() * Site.parts(stack);
        int rank = settings.rank();
        double[] values = new double[places * count * rank];
        for (int j = 0; j < count; j++) {
            double[] each =
                    j < view.coefficients().size() ? view.coefficients().get(j).stack(stack) : new double[places];
            for (int place = 0; place < places; place++) {
                int from = (place * count + j) * rank;
                Arrays.fill(values, from, from + rank, each[place]);
            }
        }
        return storage.of(values, shape.depth(), Site.parts(stack), (long) count * rank);
    }

    /// All adapters, as [#save(int)] gives the first.
    public TensorBundle save() {
        return save(adapters.size());
    }

    /// The first `count` adapters as matrices `blocks.{i}.{site}.down.task{t}` [r, in] and `...up.task{t}` [out, r], t
    /// from 1, and the matrices of [#dense] as `blocks.{i}.{site}.delta` [out, in]. They are read when they are
    /// written: until then they must not train.
    public TensorBundle save(int count) {
        TensorBundle bundle = new TensorBundle();
        for (int t = 0; t < count; t++) {
            for (AdapterSite site : settings.all()) {
                int stack = site.matrix().stack();
                String name = "blocks." + site.block() + "." + site.matrix().wire();
                long[] down = downShape(stack);
                long[] up = upShape(stack);
                bundle.put(
                        name + ".down.task" + (t + 1),
                        matrix(adapters.get(t).down().get(stack), site, down));
                bundle.put(
                        name + ".up.task" + (t + 1), matrix(adapters.get(t).up().get(stack), site, up));
            }
        }
        if (dense != null) {
            dense.save(bundle);
        }
        return bundle;
    }

    /// Takes the first `count` adapters and the dense change from what [#save] gave; grows where there are fewer.
    public void restore(TensorBundle saved, int count) {
        keep(DenseChange.restore(saved, storage, shape.depth()));
        for (int t = 0; t < count; t++) {
            if (t == adapters.size()) {
                grow(0);
            }
            Adapter adapter = adapters.get(t);
            for (AdapterSite site : settings.all()) {
                int stack = site.matrix().stack();
                String name = "blocks." + site.block() + "." + site.matrix().wire();
                put(adapter.down().get(stack), site, downShape(stack), saved.get(name + ".down.task" + (t + 1)));
                put(adapter.up().get(stack), site, upShape(stack), saved.get(name + ".up.task" + (t + 1)));
            }
        }
    }

    private HostTensor matrix(@Nullable Tensor values, AdapterSite site, long[] shape) {
        return HostTensor.of(adapted(values, site), offset(site, shape), shape[2], shape[3]);
    }

    private void put(@Nullable Tensor target, AdapterSite site, long[] shape, HostTensor saved) {
        try (Tensor window = window(target, site, shape)) {
            storage.fill(window, saved);
        }
    }

    private void clearUnadapted(Tensor values, int stack) {
        for (int block = 0; block < shape.depth(); block++) {
            for (Site matrix : Site.values()) {
                AdapterSite site = new AdapterSite(block, matrix);
                if (matrix.stack() == stack && !settings.has(site)) {
                    try (Tensor window = window(values, site, downShape(stack));
                            Tensor zeros = storage.zeros(window.shape())) {
                        storage.fill(window, zeros);
                    }
                }
            }
        }
    }

    /// The matrix of a site inside a stack [L, P, rows, columns].
    private Tensor window(@Nullable Tensor values, AdapterSite site, long[] shape) {
        return storage.window(adapted(values, site), offset(site, shape), shape[2], shape[3]);
    }

    private static Tensor adapted(@Nullable Tensor values, AdapterSite site) {
        if (values == null) {
            throw new IllegalStateException(
                    "no adapter at block " + site.block() + ", " + site.matrix().wire());
        }
        return values;
    }

    private static long offset(AdapterSite site, long[] shape) {
        return ((long) site.block() * shape[1] + site.matrix().part()) * shape[2] * shape[3];
    }

    long[] downShape(int stack) {
        return new long[] {shape.depth(), Site.parts(stack), settings.rank(), shape.in(stack)};
    }

    long[] upShape(int stack) {
        return new long[] {shape.depth(), Site.parts(stack), shape.out(stack), settings.rank()};
    }

    @Override
    public void close() {
        for (Adapter adapter : adapters) {
            adapter.down().forEach(AdapterBank::close);
            adapter.up().forEach(AdapterBank::close);
        }
        adapters.clear();
        keep(null);
    }

    private static void close(@Nullable Tensor tensor) {
        if (tensor != null) {
            tensor.close();
        }
    }
}
