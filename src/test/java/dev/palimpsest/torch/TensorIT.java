package dev.palimpsest.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("engine")
class TensorIT {
    private final Program program = Torch.PROGRAM;
    private final TensorScope scope = new TensorScope(Torch.RUNTIME);

    @AfterEach
    void close() {
        scope.close();
    }

    @Test
    void everyTypeGoesInAndOut() {
        Tensor floats = scope.floats(new float[] {1.5f, -2, Float.NaN}, 3);
        Tensor doubles = scope.doubles(new double[] {1e-300, 2}, 2, 1);
        Tensor longs = scope.longs(new long[] {Long.MIN_VALUE, 7}, 1, 2);
        Tensor bytes = scope.bytes(new byte[] {0, (byte) 200}, 2);

        assertThat(floats.floats()).containsExactly(1.5f, -2, Float.NaN);
        assertThat(doubles.doubles()).containsExactly(1e-300, 2);
        assertThat(doubles.shape()).containsExactly(2, 1);
        assertThat(longs.longs()).containsExactly(Long.MIN_VALUE, 7);
        assertThat(bytes.bytes()).containsExactly(0, 200);
        assertThat(floats.type()).isEqualTo(ElementType.FLOAT32);
        assertThat(doubles.type()).isEqualTo(ElementType.FLOAT64);
        assertThat(longs.type()).isEqualTo(ElementType.INT64);
        assertThat(bytes.type()).isEqualTo(ElementType.UINT8);
    }

    @Test
    void scalarsAndEmptyTensorsWork() {
        Tensor scalar = scope.doubles(new double[] {2.5});
        Tensor empty = scope.floats(new float[0], 0, 4);

        assertThat(scalar.shape()).isEmpty();
        assertThat(scalar.number()).isEqualTo(2.5);
        assertThat(scope.bytes(new byte[] {(byte) 200}, 1).number()).isEqualTo(200);
        assertThat(empty.floats()).isEmpty();
        assertThat(empty.elements()).isZero();
        assertThat(empty.shape()).containsExactly(0, 4);
    }

    @Test
    void halfPrecisionIsReadAsFloats() {
        Tensor x = scope.floats(new float[] {1 + 1f / 256, -3}, 2);

        Tensor brain = program.call(scope, "cast", x, ElementType.BFLOAT16.code());
        Tensor half = program.call(scope, "cast", x, 5);

        assertThat(brain.type()).isEqualTo(ElementType.BFLOAT16);
        assertThat(brain.floats()).containsExactly(1.0f, -3); // 7 bits of fraction, ties to even
        assertThat(half.floats()).containsExactly(1 + 1f / 256, -3);
        assertThat(brain.host().type()).isEqualTo(ElementType.FLOAT32);
    }

    @Test
    void stridesDoNotMatter() {
        Tensor x = scope.floats(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);

        Tensor turned = program.call(scope, "transposed", x);

        assertThat(turned.shape()).containsExactly(3, 2);
        assertThat(turned.floats()).containsExactly(1, 4, 2, 5, 3, 6);
    }

    @Test
    void anotherTypeThanTheTensorHasIsRefused() {
        Tensor doubles = scope.doubles(new double[] {1, 2}, 2);

        assertThatThrownBy(doubles::floats).hasMessage("tensor [2] holds FLOAT64, not FLOAT32");
        assertThatThrownBy(doubles::longs).hasMessage("tensor [2] holds FLOAT64, not INT64");
        assertThatThrownBy(doubles::number).hasMessage("tensor [2] must have one element to be read as a number");
        assertThat(scope.floats(new float[] {0.5f}, 1).doubles()).containsExactly(0.5);
    }

    @Test
    void elementsAndShapeMustAgree() {
        assertThatThrownBy(() -> scope.floats(new float[] {1, 2}, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a tensor [3] needs 3 elements, got 2");
        assertThatThrownBy(() -> scope.floats(new float[] {1, 2}, -1, -2)).hasMessageContaining("negative");
    }

    @Test
    void aClosedTensorNamesItsShape() {
        Tensor x = scope.floats(new float[] {1, 2}, 2, 1);
        x.close();
        x.close();

        assertThatThrownBy(x::floats).isInstanceOf(IllegalStateException.class).hasMessage("tensor [2, 1] is closed");
        assertThatThrownBy(() -> program.run("pair", x)).hasMessage("tensor [2, 1] is closed");
        assertThat(x.toString()).isEqualTo("tensor [2, 1]");
    }

    @Test
    void aScopeClosesWhatIsNotKept() {
        long before = Torch.RUNTIME.openTensors();
        Tensor kept;
        try (TensorScope inner = new TensorScope(Torch.RUNTIME)) {
            inner.floats(new float[] {1}, 1);
            program.callAll(inner, "many", inner.floats(new float[] {1}, 1), 3);
            kept = inner.keep(inner.floats(new float[] {2}, 1));

            assertThat(inner.open()).isEqualTo(5);
        }

        assertThat(Torch.RUNTIME.openTensors()).isEqualTo(before + 1);
        assertThat(kept.floats()).containsExactly(2);
        scope.adopt(kept);
        scope.adopt(kept);
        assertThat(scope.open()).isOne();
    }

    @Test
    void aClosedScopeMakesNothing() {
        TensorScope closed = new TensorScope(Torch.RUNTIME);
        Tensor x = scope.floats(new float[] {1}, 1);
        closed.close();
        closed.close();
        long before = Torch.RUNTIME.openTensors();

        assertThatThrownBy(() -> closed.floats(new float[] {1}, 1)).hasMessage("the tensor scope is closed");
        assertThatThrownBy(() -> program.call(closed, "cast", x, 7)).hasMessage("the tensor scope is closed");
        assertThatThrownBy(() -> closed.keep(x)).hasMessage("tensor [1] does not belong to this scope");
        assertThat(Torch.RUNTIME.openTensors()).isEqualTo(before);
    }

    @Test
    void tensorsOutliveTheHostDataTheyWereMadeFrom() {
        Tensor[] tensors = new Tensor[200];
        for (int i = 0; i < tensors.length; i++) {
            float[] values = new float[10_000];
            Arrays.fill(values, i);
            tensors[i] = scope.floats(values, values.length);
            Arrays.fill(values, -1);
        }
        System.gc();
        for (int i = 0; i < 50; i++) {
            scope.longs(new long[10_000], 10_000).close(); // takes the place of what was freed
        }
        System.gc();

        for (int i = 0; i < tensors.length; i++) {
            float[] expected = new float[10_000];
            Arrays.fill(expected, i);
            assertThat(tensors[i].floats()).as("tensor %d", i).isEqualTo(expected);
        }
    }

    @Test
    void moreElementsThanOnePieceGoInAndOut() {
        byte[] values = new byte[2 * Tensor.PIECE + 3];
        values[Tensor.PIECE - 1] = 1;
        values[Tensor.PIECE] = 2;
        values[2 * Tensor.PIECE] = 3;
        values[values.length - 1] = 4;

        Tensor tensor = scope.bytes(values, values.length);

        assertThat(Arrays.equals(tensor.bytes(), values)).isTrue();
    }
}
