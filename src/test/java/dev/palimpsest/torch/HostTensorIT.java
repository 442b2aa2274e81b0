package dev.palimpsest.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tensors that are saved from libtorch's memory and restored from a mapped file, without the Java heap between.
@Tag("engine")
class HostTensorIT {

    private static final TorchRuntime RUNTIME = Torch.RUNTIME;

    /// 64 MB of float.
    private static final int LARGE = 16 << 20;

    private static final long LITTLE = 8 << 20;

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    @Test
    void aLargeTensorIsSavedAndRestoredInPieces(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("large.safetensors");
        try (TensorScope scope = new TensorScope(RUNTIME)) {
            Tensor large = numbered(scope, LARGE);
            Tensor target = RUNTIME.program().call(scope, "zeros", new long[] {LARGE}, 6, "cpu");
            long before = allocated();

            try (OutputStream out = Files.newOutputStream(file)) {
                Safetensors.write(
                        out, new TensorBundle().put("large", HostTensor.of(large, 0, large.shape())), Map.of());
            }
            try (Safetensors saved = Safetensors.open(file)) {
                saved.readAll().get("large").into(target);
            }

            assertThat(allocated() - before).isLessThan(LITTLE);
            assertThat(RUNTIME.program().call(scope, "same", target, large).number())
                    .isEqualTo(1);
        }
    }

    @Test
    void aPartOfATensorIsSavedAsACopyOfItWouldBe() throws IOException {
        try (TensorScope scope = new TensorScope(RUNTIME)) {
            Tensor all = numbered(scope, 60);
            HostTensor part = HostTensor.of(all, 12, 4, 3);

            assertThat(part.floats()).containsExactly(12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
            assertThat(bytes(part)).isEqualTo(bytes(HostTensor.ofFloats(part.floats(), 4, 3)));
        }
    }

    @Test
    void halvesAreWidenedAndDoublesRoundedOnTheWay() {
        try (TensorScope scope = new TensorScope(RUNTIME)) {
            Tensor half = RUNTIME.program().call(scope, "adopt", scope.floats(new float[] {1, 2.5f}, 2), 15, "cpu");
            Tensor single = scope.floats(new float[2], 2);

            HostTensor.of(half, 0, 2).into(single);
            assertThat(single.floats()).containsExactly(1, 2.5f);

            HostTensor.ofDoubles(new double[] {0.1, -3}, 2).into(single);
            assertThat(single.floats()).containsExactly(0.1f, -3);
        }
    }

    @Test
    void elementsThatAreNotThereAreRefused() {
        try (TensorScope scope = new TensorScope(RUNTIME)) {
            Tensor five = numbered(scope, 5);

            assertThatThrownBy(() -> HostTensor.of(five, 3, 3)).hasMessage("tensor [5] has no 3 elements from 3 on");
            assertThatThrownBy(() -> HostTensor.ofLongs(new long[2], 2).into(five))
                    .hasMessage("host tensor [2] does not fill tensor [5]");
        }
    }

    private static Tensor numbered(TensorScope scope, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i;
        }
        return scope.floats(values, count);
    }

    private static byte[] bytes(HostTensor tensor) throws IOException {
        try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
            Safetensors.write(out, new TensorBundle().put("tensor", tensor), Map.of());
            return out.toByteArray();
        }
    }
}
