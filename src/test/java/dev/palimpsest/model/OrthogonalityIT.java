package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorMap;
import dev.palimpsest.torch.TensorScope;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The orthogonality term in factor form, where past adapters enter through products, against `|| S S^T - I
/// ||_F` as it is written.
@Tag("engine")
class OrthogonalityIT {

    private static final int SITES = 3;
    private static final int RANK = 2;
    private static final int WIDTH = 7;
    private static final double WEIGHT = 0.5;

    /// What the term of one stack says.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Term(double value, double[] gradient) {}

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 6})
    void theFactorFormIsTheDirectForm(int past) {
        Random random = new Random(past);
        double[] now = numbers(random, SITES * RANK * WIDTH);
        double[] before = numbers(random, SITES * past * WIDTH);
        double[] free = {1, 0, 1};

        Term found = term(now, before, past, free);

        double[] gradient = new double[now.length];
        double value = 0;
        for (int site = 0; site < SITES; site++) {
            if (free[site] == 1) {
                value += direct(
                        Arrays.copyOfRange(before, site * past * WIDTH, (site + 1) * past * WIDTH),
                        Arrays.copyOfRange(now, site * RANK * WIDTH, (site + 1) * RANK * WIDTH),
                        gradient,
                        site * RANK * WIDTH);
            }
        }
        assertThat(found.value()).isCloseTo(WEIGHT * value, within(1e-12));
        assertThat(found.gradient()).containsExactly(gradient, within(1e-12));
    }

    @Test
    void atOrthonormalRowsThereIsNoGradient() {
        double[] rows = new double[SITES * RANK * WIDTH];
        for (int site = 0; site < SITES; site++) {
            rows[site * RANK * WIDTH] = 1;
            rows[site * RANK * WIDTH + WIDTH + 1] = 1;
        }

        Term found = term(rows, new double[0], 0, new double[] {1, 1, 1});

        assertThat(found.value()).isZero();
        assertThat(found.gradient()).containsOnly(0);
    }

    /// By the program; past rows are constants whose own part is formed once a task.
    private static Term term(double[] now, double[] before, int past, double[] free) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            Tensor none = scope.doubles(new double[0], 0);
            Tensor rows = past == 0 ? none : scope.doubles(before, SITES, 1, past, WIDTH);
            Tensor constant = scope.doubles(new double[SITES], SITES, 1, 1);
            Map<String, List<Tensor>> lists = new LinkedHashMap<>();
            lists.put("past_down", List.of(rows, none, none, none));
            lists.put("past_error", List.of(constant, none, none, none));
            try (TensorMap s = TensorMap.of(lists)) {
                TestPrograms.PROGRAM.run("task_constants", s);
            }
            Tensor gradient = scope.doubles(new double[now.length], SITES, 1, RANK, WIDTH);
            double value = TestPrograms.PROGRAM
                    .call(
                            scope,
                            "orthogonality",
                            scope.doubles(now, SITES, 1, RANK, WIDTH),
                            rows,
                            constant,
                            scope.doubles(free, SITES, 1),
                            gradient,
                            WEIGHT)
                    .number();
            return new Term(value, gradient.doubles());
        }
    }

    /// The norm of E = S S^T - I; adds the gradient (2 / ||E||) E S of the new rows.
    private static double direct(double[] before, double[] now, double[] gradient, int at) {
        double[] s = new double[before.length + now.length];
        System.arraycopy(before, 0, s, 0, before.length);
        System.arraycopy(now, 0, s, before.length, now.length);
        int rows = s.length / WIDTH;
        double[][] e = new double[rows][rows];
        double squares = 0;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < rows; j++) {
                for (int d = 0; d < WIDTH; d++) {
                    e[i][j] += s[i * WIDTH + d] * s[j * WIDTH + d];
                }
                e[i][j] -= i == j ? 1 : 0;
                squares += e[i][j] * e[i][j];
            }
        }
        double norm = Math.sqrt(squares);
        int first = before.length / WIDTH;
        for (int i = first; i < rows; i++) {
            for (int d = 0; d < WIDTH; d++) {
                for (int j = 0; j < rows; j++) {
                    gradient[at + (i - first) * WIDTH + d] += WEIGHT * 2 / norm * e[i][j] * s[j * WIDTH + d];
                }
            }
        }
        return norm;
    }

    private static double[] numbers(Random random, int count) {
        return random.doubles(count, -1, 1).toArray();
    }
}
