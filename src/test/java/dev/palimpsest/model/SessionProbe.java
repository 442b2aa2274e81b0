package dev.palimpsest.model;

import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.IntMap;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Looks into a session without training it.
public final class SessionProbe {

    private static final List<String> STACKED = List.of("down", "up", "omega");

    private final AdapterSession session;

    public SessionProbe(AdapterSession session) {
        this.session = session;
    }

    /// How the gradients are formed.
    ///
    /// @param importance 0 none, 1 at live sites, 2 at all sites
    /// @param passImages how many images go through the network at a time
    public record Form(boolean dense, int importance, int passImages) {

        /// The whole batch at once.
        public Form(boolean dense, int importance) {
            this(dense, importance, Integer.MAX_VALUE);
        }
    }

    /// What a step on these images would form, by name: `tally` [3]; the unclipped gradients `down{j}` [L, P,
    /// r, in], `up{j}`, `omega{j}` [L, P, t], `head.weight`, `head.bias`; `value{j}` [L P], the importance of
    /// this step; `weight{j}` [L, P out, in] and, in the dense form, its gradient `dense{j}`; `logits` [n,
    /// C]. j is the stack; what does not exist is absent.
    public TensorBundle gradients(Form form, int position, int count, long seed) {
        TensorBundle bundle = new TensorBundle();
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME);
                IntMap c = ints(form)) {
            List<Tensor> parts = TestPrograms.PROGRAM.callAll(
                    scope, "probe_step", session.s, c, session.f, session.live, position, count, seed);
            bundle.put("tally", parts.getFirst().host());
            for (int j = 0; j < Site.STACKS; j++) {
                put(bundle, "value" + j, parts.get(1 + j));
                put(bundle, "weight" + j, parts.get(5 + j));
                if (form.dense()) {
                    put(bundle, "dense" + j, parts.get(9 + j));
                }
            }
            put(bundle, "logits", parts.getLast());
            for (String key : STACKED) {
                for (int j = 0; j < Site.STACKS; j++) {
                    put(bundle, key + j, session.state.list("g_" + key).get(j));
                }
            }
            put(bundle, "head.weight", session.state.list("g_head").get(0));
            put(bundle, "head.bias", session.state.list("g_head").get(1));
        }
        return bundle;
    }

    /// The same names from the twin that differentiates the plain network by itself; `dense{j}` always.
    public TensorBundle twin(int position, int count, long seed) {
        TensorBundle bundle = new TensorBundle();
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME);
                IntMap c = ints(new Form(false, 0))) {
            List<Tensor> batch =
                    TestPrograms.PROGRAM.callAll(scope, "next_batch", session.s, c, session.f, position, count, seed);
            List<Tensor> parts = TestPrograms.PROGRAM.callAll(
                    scope, "reference", batch.get(0), batch.get(1), session.s, c, session.f);
            bundle.put("tally", parts.getFirst().host());
            List<String> names = new ArrayList<>();
            for (String key : STACKED) {
                for (int j = 0; j < Site.STACKS; j++) {
                    names.add(key + j);
                }
            }
            names.addAll(List.of("head.weight", "head.bias", "dense0", "dense1", "dense2", "dense3"));
            for (int k = 0; k < names.size(); k++) {
                put(bundle, names.get(k), parts.get(1 + k));
            }
        }
        return bundle;
    }

    /// What trains now: `down{j}`, `up{j}`, `omega{j}`, `head.weight`, `head.bias`.
    public TensorBundle values() {
        TensorBundle bundle = new TensorBundle();
        for (String key : STACKED) {
            for (int j = 0; j < Site.STACKS; j++) {
                put(bundle, key + j, session.state.list(key).get(j));
            }
        }
        put(bundle, "head.weight", session.state.list("head").get(0));
        put(bundle, "head.bias", session.state.list("head").get(1));
        return bundle;
    }

    /// The gradient of one optimiser group as it lies in memory, after [#gradients].
    double[] flatGradient(int group) {
        return session.state.list("grad").get(group).doubles();
    }

    private IntMap ints(Form form) {
        Map<String, Long> ints = new LinkedHashMap<>(session.state.ints());
        ints.put("dense", form.dense() ? 1L : 0);
        ints.put("importance", (long) form.importance());
        ints.put("pass_images", (long) form.passImages());
        return IntMap.of(ints);
    }

    private static void put(TensorBundle bundle, String name, Tensor tensor) {
        if (tensor.elements() > 0) {
            bundle.put(name, tensor.host());
        }
    }

    /// A matrix of a site of a stacked tensor [L, P, rows, columns] or [L, P rows, columns].
    ///
    /// @return row after row, shape [rows, columns]
    public static HostTensor site(HostTensor stacked, Site site, int block) {
        long[] shape = stacked.shape();
        int parts = Site.parts(site.stack());
        boolean split = shape.length == 4;
        int rows = (int) (split ? shape[2] : shape[1] / parts);
        int columns = (int) shape[shape.length - 1];
        double[] values = new double[rows * columns];
        System.arraycopy(stacked.doubles(), (block * parts + site.part()) * rows * columns, values, 0, rows * columns);
        return HostTensor.ofDoubles(values, rows, columns);
    }

    /// Stack of a site, and its place there.
    public static int stack(Site site) {
        return site.stack();
    }

    public static int place(Site site, int block) {
        return block * Site.parts(site.stack()) + site.part();
    }
}
