package dev.palimpsest.methods;

import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// The features of a task in two parts: what a fit sees, and what it is measured on. Rows are handed out some at a
/// time.
final class HeldOut {

    /// One of so many images is held out.
    private static final int SHARE = 5;

    /// Images handed out at once.
    private static final int PIECE = 256;

    private final TorchRuntime runtime;
    private final List<ClassFeatures> features;

    /// For each class, which of its images are held out.
    private final List<boolean[]> held;

    @FunctionalInterface
    interface Rows {
        /// Takes images of one class. Shape [n, D], closed afterwards.
        void take(int position, Tensor rows);
    }

    private HeldOut(TorchRuntime runtime, List<ClassFeatures> features, List<boolean[]> held) {
        this.runtime = runtime;
        this.features = features;
        this.held = held;
    }

    static HeldOut nothing(TorchRuntime runtime, List<ClassFeatures> features) {
        return new HeldOut(runtime, features, marks(features));
    }

    private static List<boolean[]> marks(List<ClassFeatures> features) {
        return features.stream().map(one -> new boolean[one.count()]).toList();
    }

    /// Every fifth image of a class; nothing of a class of fewer.
    static HeldOut fifthOfEachClass(TorchRuntime runtime, List<ClassFeatures> features) {
        List<boolean[]> held = marks(features);
        for (boolean[] one : held) {
            for (int i = SHARE - 1; i < one.length; i += SHARE) {
                one[i] = true;
            }
        }
        return new HeldOut(runtime, features, held);
    }

    /// What lies beyond four fifths of the task's images, rounded down, in a random order; nothing of a single image.
    static HeldOut lastFifth(TorchRuntime runtime, List<ClassFeatures> features, long seed) {
        List<boolean[]> held = marks(features);
        List<int[]> places = new ArrayList<>();
        for (int c = 0; c < held.size(); c++) {
            for (int i = 0; i < held.get(c).length; i++) {
                places.add(new int[] {c, i});
            }
        }
        int[] order = RandomStreams.permutation(seed, places.size());
        int kept = (int) (places.size() * 0.8);
        for (int at : Arrays.copyOfRange(order, kept == 0 ? order.length : kept, order.length)) {
            held.get(places.get(at)[0])[places.get(at)[1]] = true;
        }
        return new HeldOut(runtime, features, held);
    }

    /// Whether anything is held out.
    boolean any() {
        return held.stream().anyMatch(one -> IntStream.range(0, one.length).anyMatch(i -> one[i]));
    }

    void kept(Rows use) {
        each(false, use);
    }

    void held(Rows use) {
        each(true, use);
    }

    private void each(boolean wanted, Rows use) {
        for (int c = 0; c < features.size(); c++) {
            ClassFeatures one = features.get(c);
            boolean[] marks = held.get(c);
            for (int from = 0; from < one.count(); from += PIECE) {
                int first = from;
                int size = Math.min(PIECE, one.count() - from);
                long[] rows = IntStream.range(0, size)
                        .filter(i -> marks[first + i] == wanted)
                        .asLongStream()
                        .toArray();
                if (rows.length > 0) {
                    try (TensorScope scope = new TensorScope(runtime)) {
                        Tensor piece = one.rows().in(scope, from, size);
                        use.take(
                                one.classPosition(),
                                runtime.program().call(scope, "gather_rows", List.of(piece), rows, (long) size));
                    }
                }
            }
        }
    }
}
