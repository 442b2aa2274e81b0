package dev.palimpsest.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TensorBundleTest {
    private static final HostTensor ONE = HostTensor.ofDoubles(new double[] {1}, 1);

    @Test
    void namesKeepTheirOrderAndStandOnce() {
        TensorBundle bundle = new TensorBundle().put("z", ONE).put("a", ONE);

        assertThat(bundle.names()).containsExactly("z", "a");
        assertThat(bundle.has("a")).isTrue();
        assertThat(bundle.isEmpty()).isFalse();
        assertThatThrownBy(() -> bundle.put("z", ONE)).hasMessage("the bundle has a tensor 'z' already");
        assertThatThrownBy(() -> bundle.get("b")).hasMessage("there is no tensor 'b' among [z, a]");
    }

    @Test
    void aPrefixedPartComesBackWithoutItsPrefix() {
        TensorBundle part = new TensorBundle().put("down", ONE).put("up", ONE);
        TensorBundle whole = new TensorBundle().put("adapters", ONE);
        whole.putAll("adapter", part);
        whole.putAll("head.", part);

        assertThat(whole.names()).containsExactly("adapters", "adapter.down", "adapter.up", "head.down", "head.up");
        assertThat(whole.under("adapter").names()).containsExactly("down", "up");
        assertThat(whole.under("head").names()).containsExactly("down", "up");
        assertThat(whole.under("other").isEmpty()).isTrue();
    }

    @Test
    void aHostTensorChecksItsShapeAndItsType() {
        assertThatThrownBy(() -> HostTensor.ofFloats(new float[3], 2, 2))
                .hasMessageContaining("needs 4 elements, got 3");
        assertThatThrownBy(ONE::floats).hasMessage("host tensor [1] holds FLOAT64, not FLOAT32");
        assertThatThrownBy(ONE::longs).hasMessage("host tensor [1] holds FLOAT64, not INT64");
        assertThatThrownBy(ONE::bytes).hasMessage("host tensor [1] holds FLOAT64, not UINT8");
        assertThat(HostTensor.ofFloats(new float[] {0.5f}, 1).doubles()).containsExactly(0.5);
    }
}
