package dev.palimpsest.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("engine")
class StoreIT {
    private static final int FLOAT = ElementType.FLOAT32.code();
    private static final int DOUBLE = ElementType.FLOAT64.code();

    private final Program program = Torch.RUNTIME.program();
    private final TensorScope scope = Torch.RUNTIME.scope();

    @AfterEach
    void close() {
        scope.close();
    }

    @Test
    void aWindowAndItsFlatTensorShareElements() {
        Tensor flat = program.call(scope, "zeros", new long[] {6}, FLOAT, "cpu");
        Tensor window = program.call(scope, "window", flat, 2, new long[] {2, 2});

        program.run("fill", window, scope.doubles(new double[] {1, 2, 3, 4}, 2, 2));
        program.run("fill", flat, scope.floats(new float[] {7}, 1));
        program.run("fill", window, scope.floats(new float[] {5, 6}, 1, 2));

        assertThat(flat.floats()).containsExactly(7, 7, 5, 6, 5, 6);
    }

    @Test
    void drawnNumbersFollowTheirSeedAlone() {
        Tensor first = program.call(scope, "draw_normal", 5L, new long[] {1000}, 0.5, FLOAT);
        Tensor again = program.call(scope, "draw_normal", 5L, new long[] {1000}, 0.5, FLOAT);
        Tensor wide = program.call(scope, "draw_normal", 5L, new long[] {1000}, 0.5, DOUBLE);
        Tensor other = program.call(scope, "draw_normal", 6L, new long[] {1000}, 0.5, FLOAT);
        Tensor uniform = program.call(scope, "draw_uniform", Long.MAX_VALUE, new long[] {1000}, 0.1, FLOAT);

        assertThat(same(first, again)).isTrue();
        assertThat(same(first, other)).isFalse();
        assertThat(wide.doubles()).isEqualTo(first.doubles());
        double sum = 0;
        for (double x : first.doubles()) {
            sum += x * x;
        }
        assertThat(Math.sqrt(sum / 1000)).isBetween(0.45, 0.55);
        for (float x : uniform.floats()) {
            assertThat(x).isBetween(-0.1f, 0.1f);
        }
    }

    @Test
    void partsAreCopiedAndJoined() {
        Tensor x = scope.longs(new long[] {1, 2, 3, 4, 5, 6}, 2, 3);

        Tensor part = program.call(scope, "narrow", x, 1, 1, 2);
        Tensor whole = program.call(scope, "join", List.of(part, x), 1);

        assertThat(part.longs()).containsExactly(2, 3, 5, 6);
        assertThat(whole.longs()).containsExactly(2, 3, 1, 2, 3, 5, 6, 4, 5, 6);
    }

    @Test
    void anAdoptedTensorIsACopy() {
        Tensor x = scope.floats(new float[] {1, 2}, 2);

        Tensor copy = program.call(scope, "adopt", x, FLOAT, "cpu");
        Tensor read = program.call(scope, "copy_out", x);
        program.run("fill", x, scope.floats(new float[] {9}, 1));

        assertThat(copy.floats()).containsExactly(1, 2);
        assertThat(read.floats()).containsExactly(1, 2);
    }

    @Test
    void equalityIsOfTypeShapeAndBits() {
        Tensor x = scope.floats(new float[] {0f, Float.NaN}, 2);

        assertThat(same(x, scope.floats(new float[] {0f, Float.NaN}, 2))).isTrue();
        assertThat(same(x, scope.floats(new float[] {-0f, Float.NaN}, 2))).isFalse();
        assertThat(same(x, scope.floats(new float[] {0f, Float.NaN}, 2, 1))).isFalse();
        assertThat(same(x, scope.doubles(new double[] {0, Double.NaN}, 2))).isFalse();
        assertThat(same(scope.floats(new float[0], 0), scope.floats(new float[0], 0)))
                .isTrue();
        assertThat(same(scope.floats(new float[] {3}), scope.floats(new float[] {3})))
                .isTrue();
    }

    private boolean same(Tensor a, Tensor b) {
        return program.call(scope, "same", a, b).number() == 1;
    }
}
