package dev.palimpsest.memory;

import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.torch.TorchRuntime;
import java.util.Arrays;
import java.util.List;

/// Which directions of a matrix's input earlier tasks use: orthonormal columns F that span them, or the free ones
/// (`docs/methods/inflora.md` 4).
///
/// Saved: `basis` [D, k], left out where k = 0, and `mode` [1]. The bundle refers to tensors of this object: it is
/// written before the next task is learned.
public final class SubspaceMemory implements AutoCloseable {

    /// What F spans.
    public enum Mode {
        /// No task was learned yet.
        NONE(0),
        /// The directions that are protected; they are removed from what an adapter may use.
        REMOVE(1),
        /// The directions that are free; only they are retained.
        RETAIN(2);

        private final int number;

        Mode(int number) {
            this.number = number;
        }

        /// As it is saved.
        public int number() {
            return number;
        }

        private static Mode of(double number) {
            return Arrays.stream(values())
                    .filter(mode -> mode.number == number)
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("a memory has mode 0, 1 or 2, got " + number));
        }
    }

    /// How energy is counted and space kept.
    ///
    /// @param dual whether F spans the free directions once they are fewer than the protected ones
    /// @param squared energy of a direction: its squared singular value, or the value itself
    /// @param twoSided singular values of P C P, or of P C; P projects into the free space
    public record Rules(boolean dual, boolean squared, boolean twoSided) {}

    /// Rows of A have this length: as much as a row uniform in +-1/sqrt(D) has.
    private static final double LENGTH = 1 / Math.sqrt(3);

    /// Singular values below this share of all, for each dimension, are rounding of fp64.
    private static final double ROUNDING = Math.ulp(1.0);

    private final TorchRuntime runtime;
    private final Rules rules;
    private final int width;
    private Tensor basis;
    private Mode mode = Mode.NONE;

    /// Singular values, descending; left singular vectors [D, m]; energy of the whole moment.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Spectrum(Tensor values, Tensor vectors, double[] s, double total) {}

    /// A memory without a task.
    ///
    /// @param width D, numbers of an input
    public SubspaceMemory(TorchRuntime runtime, Rules rules, int width) {
        this.runtime = runtime;
        this.rules = rules;
        this.width = width;
        this.basis = empty();
    }

    private Tensor empty() {
        try (TensorScope scope = new TensorScope(runtime)) {
            long[] shape = {width, 0};
            return scope.keep(runtime.program().call(scope, "zeros", shape, ElementType.FLOAT64.code(), "cpu"));
        }
    }

    public Mode mode() {
        return mode;
    }

    /// Columns of F.
    public int bases() {
        return (int) basis.shape()[1];
    }

    /// How many directions no task uses.
    public int free() {
        return mode == Mode.RETAIN ? bases() : width - bases();
    }

    /// F. Shape [D, k]. It stays this object's.
    public Tensor basis() {
        return basis;
    }

    /// Rows that were designed.
    ///
    /// @param rows [rank, D]
    /// @param count how many of them are not zero
    public record Design(Tensor rows, int count) {}

    /// Rows in the free directions of most energy in a task's input, orthogonal and of length 1 / sqrt(3): as many as
    /// there are free directions with energy, at most `rank`, above zero rows.
    ///
    /// @param moment C of the task's input, fp64 on the CPU. Shape [D, D]
    /// @param rank rows wanted
    public Design design(TensorScope scope, Tensor moment, int rank) {
        Spectrum spectrum = spectrum(scope, moment);
        int count = Math.min(rank, withEnergy(spectrum));
        Tensor directions = parts(scope, spectrum, count).getFirst();
        return new Design(runtime.program().call(scope, "factor_rows", directions, (long) rank, LENGTH), count);
    }

    /// Rows [rank, D] uniform in +-1/sqrt(D).
    public Tensor draw(TensorScope scope, long seed, int rank) {
        long[] shape = {rank, width};
        return runtime.program()
                .call(scope, "draw_uniform", seed, shape, 1 / Math.sqrt(width), ElementType.FLOAT64.code());
    }

    /// The part of given rows [r, D] that lies in the free directions.
    public Tensor project(TensorScope scope, Tensor rows) {
        return runtime.program().call(scope, "projected_rows", rows, freeBasis(scope));
    }

    /// Protects what a task that was learned uses: so many directions that all protected ones hold a share of the
    /// energy of its input. An input without energy changes nothing.
    ///
    /// @param moment C of the task's input, as in [#design]
    /// @param threshold the share, 0..1
    public void learn(Tensor moment, double threshold) {
        try (TensorScope scope = new TensorScope(runtime)) {
            Spectrum spectrum = spectrum(scope, moment);
            if (spectrum.total == 0) {
                return;
            }
            switch (mode) {
                case NONE -> begin(scope, spectrum, threshold);
                case REMOVE -> remove(scope, spectrum, threshold);
                case RETAIN -> retain(scope, spectrum, threshold);
            }
            if (rules.dual && mode == Mode.REMOVE && 2 * bases() > width) {
                put(scope, runtime.program().call(scope, "complement", basis), Mode.RETAIN);
            }
        }
    }

    /// Directions whose energy together lies strictly below the threshold, at least one.
    private void begin(TensorScope scope, Spectrum spectrum, double threshold) {
        double sum = sum(spectrum);
        double held = 0;
        int count = 0;
        while (count < width) {
            held += energy(spectrum.s[count]);
            if (held / sum >= threshold) {
                break;
            }
            count++;
        }
        // with half of the directions or more, the published program keeps the used ones as if they were free
        if (rules.dual && 2 * count >= width) {
            put(scope, parts(scope, spectrum, count).get(1), Mode.RETAIN);
        } else {
            put(scope, parts(scope, spectrum, Math.max(count, 1)).get(0), Mode.REMOVE);
        }
    }

    private void remove(TensorScope scope, Spectrum spectrum, double threshold) {
        double held = (spectrum.total - sum(spectrum)) / spectrum.total;
        int count = 0;
        while (held < threshold && count < spectrum.s.length) {
            held += energy(spectrum.s[count]) / spectrum.total;
            count++;
        }
        if (count > 0) {
            List<Tensor> columns = List.of(basis, parts(scope, spectrum, count).get(0));
            put(scope, runtime.program().call(scope, "join", columns, 1), Mode.REMOVE);
        }
    }

    private void retain(TensorScope scope, Spectrum spectrum, double threshold) {
        double left = sum(spectrum) / spectrum.total;
        int count = 0;
        while (left >= 1 - threshold && count < spectrum.s.length) {
            left -= energy(spectrum.s[count]) / spectrum.total;
            count++;
        }
        if (count > 0) {
            put(scope, parts(scope, spectrum, count).get(1), Mode.RETAIN);
        }
    }

    private double energy(double s) {
        return rules.squared ? s * s : s;
    }

    private double sum(Spectrum spectrum) {
        double sum = 0;
        for (double s : spectrum.s) {
            sum += energy(s);
        }
        return sum;
    }

    /// Directions that are more than rounding of the whole.
    private int withEnergy(Spectrum spectrum) {
        double all = rules.squared ? Math.sqrt(spectrum.total) : spectrum.total;
        int count = 0;
        while (count < spectrum.s.length && spectrum.s[count] > width * ROUNDING * all) {
            count++;
        }
        return count;
    }

    /// The first directions, and the others.
    private List<Tensor> parts(TensorScope scope, Spectrum spectrum, int count) {
        return runtime.program().callAll(scope, "cut", spectrum.values, spectrum.vectors, (long) count);
    }

    private Spectrum spectrum(TensorScope scope, Tensor moment) {
        List<Tensor> found =
                runtime.program().callAll(scope, "energies", moment, freeBasis(scope), rules.twoSided, rules.squared);
        return new Spectrum(
                found.get(0), found.get(1), found.get(0).doubles(), found.get(2).number());
    }

    private Tensor freeBasis(TensorScope scope) {
        return mode == Mode.RETAIN ? basis : runtime.program().call(scope, "complement", basis);
    }

    private void put(TensorScope scope, Tensor columns, Mode next) {
        basis.close();
        basis = scope.keep(columns);
        mode = next;
    }

    public TensorBundle save() {
        TensorBundle bundle = new TensorBundle();
        if (bases() > 0) {
            bundle.put("basis", HostTensor.of(basis, 0, basis.shape()));
        }
        bundle.put("mode", HostTensor.ofDoubles(new double[] {mode.number()}, 1));
        return bundle;
    }

    /// Takes what [#save] gave.
    public void restore(TensorBundle saved) {
        try (TensorScope scope = new TensorScope(runtime)) {
            Mode next = Mode.of(saved.get("mode").doubles()[0]);
            put(scope, saved.has("basis") ? saved.get("basis").in(scope) : adopted(scope), next);
        }
    }

    private Tensor adopted(TensorScope scope) {
        Tensor none = empty();
        scope.adopt(none);
        return none;
    }

    @Override
    public void close() {
        basis.close();
    }
}
