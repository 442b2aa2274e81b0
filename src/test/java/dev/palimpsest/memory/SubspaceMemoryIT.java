package dev.palimpsest.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.memory.SubspaceMemory.Mode;
import dev.palimpsest.memory.SubspaceMemory.Rules;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Small moments whose directions can be read off.
@Tag("engine")
class SubspaceMemoryIT {

    private static final Rules DUAL = new Rules(true, true, false);
    private static final Rules PLAIN = new Rules(false, true, false);
    private static final Rules PAPER = new Rules(true, false, true);

    private static SubspaceMemory memory(Rules rules, int width) {
        return new SubspaceMemory(TestPrograms.RUNTIME, rules, width);
    }

    private static double[] diagonal(double... values) {
        double[] matrix = new double[values.length * values.length];
        for (int i = 0; i < values.length; i++) {
            matrix[i * values.length + i] = values[i];
        }
        return matrix;
    }

    /// A moment of random rows, of full rank; each seed has axes of its own in which it is largest.
    private static double[] random(int width, int rows, long seed) {
        Random random = new Random(seed);
        double[] moment = new double[width * width];
        for (int r = 0; r < rows; r++) {
            double[] x = IntStream.range(0, width)
                    .mapToDouble(i -> random.nextGaussian() / (1 + (i + 3 * seed) % width))
                    .toArray();
            for (int i = 0; i < width; i++) {
                for (int j = 0; j < width; j++) {
                    moment[i * width + j] += x[i] * x[j] / rows;
                }
            }
        }
        return moment;
    }

    private static void learn(SubspaceMemory memory, double threshold, double... moment) {
        int width = (int) Math.sqrt(moment.length);
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            memory.learn(scope.doubles(moment, width, width), threshold);
        }
    }

    /// Rows of A that are not zero, one after the other.
    private static double[] design(SubspaceMemory memory, int rank, double... moment) {
        int width = (int) Math.sqrt(moment.length);
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            SubspaceMemory.Design design = memory.design(scope, scope.doubles(moment, width, width), rank);
            double[] rows = design.rows().doubles();
            assertThat(design.rows().shape()).containsExactly(rank, width);
            assertThat(IntStream.range(design.count() * width, rows.length).mapToDouble(i -> rows[i]))
                    .allMatch(value -> value == 0);
            return Arrays.copyOf(rows, design.count() * width);
        }
    }

    /// Axes, each times sqrt(3) as a row of A.
    private static double[] axes(int width, int... axes) {
        double[] rows = new double[axes.length * width];
        for (int i = 0; i < axes.length; i++) {
            rows[i * width + axes[i] - 1] = 1 / Math.sqrt(3);
        }
        return rows;
    }

    /// The matrix of F F^T.
    private static double[] projector(SubspaceMemory memory) {
        int width = (int) memory.basis().shape()[0];
        int k = memory.bases();
        double[] f = memory.basis().doubles();
        double[] result = new double[width * width];
        for (int i = 0; i < width; i++) {
            for (int j = 0; j < width; j++) {
                for (int c = 0; c < k; c++) {
                    result[i * width + j] += f[i * k + c] * f[j * k + c];
                }
            }
        }
        return result;
    }

    private static double[] span(int width, int... axes) {
        double[] values = new double[width];
        for (int axis : axes) {
            values[axis - 1] = 1;
        }
        return diagonal(values);
    }

    private static void stands(SubspaceMemory memory, Mode mode, double[] projector) {
        assertThat(memory.mode()).isEqualTo(mode);
        assertThat(projector(memory)).containsExactly(projector, within(1e-12));
    }

    /// A worked example: thresholds rise from 0.9 to 1 over ten tasks.
    @Test
    void fourTasksUseUpSixDirections() {
        try (SubspaceMemory memory = memory(DUAL, 6)) {
            double[] first = diagonal(4, 2, 1, 1, 0.5, 0.5);
            assertThat(design(memory, 2, first)).containsExactly(axes(6, 1, 2), within(1e-12));
            learn(memory, 0.90, first);
            stands(memory, Mode.REMOVE, span(6, 1, 2));

            double[] second = diagonal(1, 1, 3, 0.5, 2, 0.1);
            assertThat(design(memory, 2, second)).containsExactly(axes(6, 3, 5), within(1e-12));
            learn(memory, 0.91, second);
            stands(memory, Mode.RETAIN, span(6, 4, 6));

            double[] third = diagonal(1, 1, 1, 2, 1, 0.5);
            assertThat(design(memory, 2, third)).containsExactly(axes(6, 4, 6), within(1e-12));
            learn(memory, 0.92, third);
            stands(memory, Mode.RETAIN, span(6, 6));

            double[] fourth = diagonal(1, 1, 1, 1, 1, 1);
            assertThat(design(memory, 2, fourth)).containsExactly(axes(6, 6), within(1e-12));
            learn(memory, 0.93, fourth);
            stands(memory, Mode.RETAIN, span(6));
            assertThat(memory.free()).isZero();
            assertThat(design(memory, 2, fourth)).isEmpty();
            learn(memory, 0.94, fourth);
            stands(memory, Mode.RETAIN, span(6));
        }
    }

    @Test
    void aPlainMemoryRemovesUntilNothingIsFree() {
        try (SubspaceMemory memory = memory(PLAIN, 6)) {
            learn(memory, 0.90, diagonal(4, 2, 1, 1, 0.5, 0.5));
            learn(memory, 0.91, diagonal(1, 1, 3, 0.5, 2, 0.1));
            stands(memory, Mode.REMOVE, span(6, 1, 2, 3, 5));
            learn(memory, 0.92, diagonal(1, 1, 1, 2, 1, 0.5));
            stands(memory, Mode.REMOVE, span(6, 1, 2, 3, 4, 5));
            learn(memory, 0.93, diagonal(1, 1, 1, 1, 1, 1));

            stands(memory, Mode.REMOVE, span(6, 1, 2, 3, 4, 5, 6));
            assertThat(memory.free()).isZero();
            assertThat(design(memory, 2, diagonal(1, 1, 1, 1, 1, 1))).isEmpty();
        }
    }

    /// With eigenvalues 1/i, i = 1..768, the threshold 0.98 keeps so many, once published for both ways to count.
    @ParameterizedTest
    @CsvSource({"true, 28", "false, 664"})
    void energyIsTheSquareOrTheValue(boolean squared, int kept) {
        double[] values =
                IntStream.rangeClosed(1, 768).mapToDouble(i -> 1.0 / i).toArray();
        try (SubspaceMemory memory = memory(new Rules(false, squared, true), 768)) {
            learn(memory, 0.98, diagonal(values));

            assertThat(memory.bases()).isEqualTo(kept);
        }
    }

    /// The published program would keep the used directions here as if they were the free ones.
    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void aFirstTaskThatUsesHalfOrMoreLeavesTheFreeOnes(int width) {
        double[] values = new double[width];
        Arrays.fill(values, 1);
        values[width - 1] = 0.01;
        values[width - 2] = 0.02;
        try (SubspaceMemory memory = memory(DUAL, width)) {
            // one of the equal values less would be below the threshold
            learn(memory, (width - 2.0) / (width - 2.0 + 0.0005) + 1e-6, diagonal(values));

            assertThat(2 * (width - 2)).isGreaterThanOrEqualTo(width);
            stands(memory, Mode.RETAIN, span(width, width - 1, width));
        }
    }

    @Test
    void aFirstTaskBelowItsThresholdProtectsOneDirection() {
        try (SubspaceMemory memory = memory(DUAL, 6)) {
            learn(memory, 0.5, diagonal(4, 1, 1, 1, 1, 1));

            stands(memory, Mode.REMOVE, span(6, 1));
        }
    }

    /// With one value for all, the decomposition may hand out any vectors.
    @Test
    void amongEqualDirectionsTheFirstAxesAreTaken() {
        try (SubspaceMemory memory = memory(PLAIN, 5)) {
            assertThat(design(memory, 2, diagonal(1, 1, 1, 1, 1))).containsExactly(axes(5, 1, 2), within(1e-12));
            assertThat(design(memory, 2, diagonal(1, 2, 1, 1, 1))).containsExactly(axes(5, 2, 1), within(1e-12));
            learn(memory, 0.5, diagonal(1, 1, 1, 1, 1));
            stands(memory, Mode.REMOVE, span(5, 1, 2));
            assertThat(design(memory, 2, diagonal(1, 1, 1, 1, 1))).containsExactly(axes(5, 3, 4), within(1e-12));
        }
    }

    /// A plane tilted against the axes: the projections of its nearest axes, whatever basis it came in.
    @Test
    void equalDirectionsBesideTheAxesAreChosenByTheirSpaceAlone() {
        double h = Math.sqrt(0.5);
        // 3 on the plane of (h, h, 0) and (0, 0, 1), 1 on what is left
        double[] moment = {2, 1, 0, 1, 2, 0, 0, 0, 3};
        try (SubspaceMemory memory = memory(PLAIN, 3)) {
            double[] one = design(memory, 1, moment);
            assertThat(one).containsExactly(axes(3, 3), within(1e-12));
            assertThat(design(memory, 2, moment)).hasSize(6);
            learn(memory, 0.4, diagonal(0, 0, 1));
            assertThat(design(memory, 1, moment))
                    .containsExactly(new double[] {h / Math.sqrt(3), h / Math.sqrt(3), 0}, within(1e-12));
        }
    }

    @Test
    void rowsAreOrthogonalAndLieBesideWhatIsProtected() {
        for (Rules rules : new Rules[] {DUAL, PLAIN, PAPER}) {
            int width = 16;
            try (SubspaceMemory memory = memory(rules, width)) {
                for (int task = 0; task < 4; task++) {
                    double[] rows = design(memory, 3, random(width, 40, task));
                    for (int i = 0; i < 3; i++) {
                        for (int j = 0; j < 3; j++) {
                            double product = 0;
                            for (int c = 0; c < width; c++) {
                                product += rows[i * width + c] * rows[j * width + c];
                            }
                            assertThat(product).isCloseTo(i == j ? 1.0 / 3 : 0, within(1e-12));
                        }
                    }
                    double[] projector = projector(memory);
                    for (int i = 0; i < 3; i++) {
                        for (int c = 0; c < width; c++) {
                            double kept = 0;
                            for (int d = 0; d < width; d++) {
                                kept += rows[i * width + d] * projector[d * width + c];
                            }
                            double wanted = memory.mode() == Mode.RETAIN ? rows[i * width + c] : 0;
                            assertThat(kept).isCloseTo(wanted, within(1e-12));
                        }
                    }
                    learn(memory, 0.9, random(width, 40, 10 + task));
                }
            }
        }
    }

    /// What is left of the energy is rounding: its direction may be a protected one.
    @Test
    void aMomentOfLowRankGivesFewerRows() {
        try (SubspaceMemory memory = memory(PLAIN, 6)) {
            assertThat(design(memory, 4, diagonal(2, 1, 0, 0, 0, 0))).containsExactly(axes(6, 1, 2), within(1e-12));
            learn(memory, 0.9, diagonal(2, 1, 0, 0, 0, 0));
            assertThat(design(memory, 4, diagonal(2, 0, 0, 0, 0, 0))).isEmpty();
        }
    }

    @Test
    void anInputWithoutEnergyChangesNothing() {
        for (Rules rules : new Rules[] {DUAL, PLAIN, PAPER}) {
            try (SubspaceMemory memory = memory(rules, 4)) {
                assertThat(design(memory, 2, new double[16])).isEmpty();
                learn(memory, 0.9, new double[16]);
                stands(memory, Mode.NONE, new double[16]);
                learn(memory, 0.9, diagonal(50, 1, 1, 1));
                stands(memory, Mode.REMOVE, span(4, 1));
                learn(memory, 0.9, new double[16]);
                stands(memory, Mode.REMOVE, span(4, 1));
            }
        }
    }

    @Test
    void rowsThatAreGivenAreProjected() {
        try (SubspaceMemory memory = memory(DUAL, 4);
                TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            Tensor rows = scope.doubles(new double[] {1, 2, 3, 4, 5, 6, 7, 8}, 2, 4);
            assertThat(memory.project(scope, rows).doubles())
                    .containsExactly(new double[] {1, 2, 3, 4, 5, 6, 7, 8}, within(1e-12));

            learn(memory, 0.9, diagonal(50, 1, 1, 1));

            assertThat(memory.project(scope, rows).doubles())
                    .containsExactly(new double[] {0, 2, 3, 4, 0, 6, 7, 8}, within(1e-12));
        }
    }

    @Test
    void aSavedMemoryGoesOnWithTheSameBits() {
        int width = 12;
        try (SubspaceMemory whole = memory(PAPER, width)) {
            for (int task = 0; task < 5; task++) {
                try (SubspaceMemory restored = memory(PAPER, width)) {
                    TensorBundle saved = Tensors.copy(whole.save());
                    restored.restore(saved);
                    learn(whole, 0.9, random(width, 30, task));
                    learn(restored, 0.9, random(width, 30, task));

                    assertThat(restored.mode()).isEqualTo(whole.mode());
                    assertThat(restored.basis().doubles())
                            .isEqualTo(whole.basis().doubles());
                }
            }
            assertThat(whole.mode()).isEqualTo(Mode.RETAIN);
        }
    }
}
