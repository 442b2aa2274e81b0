package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.support.GoldenCases;
import dev.palimpsest.support.GoldenCases.GoldenCase;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/// Against numbers of the published implementation: `golden/lorac-ipc/README.md`.
@Tag("engine")
class LoracIpcGoldenIT {

    @TestFactory
    Stream<DynamicTest> aTrainingTraceIsTheSame() {
        return GoldenCases.tests("lorac-ipc", "trace-", golden -> trace(golden, expected(golden)));
    }

    @TestFactory
    Stream<DynamicTest> aChangedNumberOfATraceIsSeen() {
        return GoldenCases.tests("lorac-ipc", "trace-", golden -> {
            TensorBundle expected = expected(golden);
            String some = expected.names().stream()
                    .filter(name -> name.endsWith("task1.end.fc1.B"))
                    .findFirst()
                    .orElseThrow();
            TensorBundle changed = new TensorBundle();
            for (String name : expected.names()) {
                HostTensor values = expected.get(name);
                changed.put(name, name.equals(some) ? scaled(values) : values);
            }

            assertThatThrownBy(() -> trace(golden, changed)).isInstanceOf(AssertionError.class);
        });
    }

    private static void trace(GoldenCase golden, TensorBundle expected) {
        boolean both = golden.json().has("reference");
        for (LoracIpc.Fidelity fidelity : LoracIpc.Fidelity.values()) {
            String prefix = both ? (fidelity == LoracIpc.Fidelity.REFERENCE ? "reference." : "corrected.") : "";
            TensorBundle wanted = expected;
            new GoldenTrace(golden, wanted, true, prefix, fidelity).compare();
            new GoldenTrace(golden, wanted, false, prefix, fidelity).compare();
        }
    }

    private static TensorBundle expected(GoldenCase golden) {
        Path file = golden.tensors().stream()
                .filter(path -> path.toString().endsWith(".f64.safetensors"))
                .findFirst()
                .orElseThrow();
        return GoldenTrace.read(file);
    }

    private static HostTensor scaled(HostTensor values) {
        double[] numbers = values.doubles();
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] *= 1.03;
        }
        return HostTensor.ofDoubles(numbers, values.shape());
    }
}
