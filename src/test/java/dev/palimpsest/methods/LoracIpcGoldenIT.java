package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.GoldenCases;
import dev.palimpsest.support.GoldenCases.GoldenCase;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.torch.NumericMode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/// Against numbers of the published implementation: `golden/lorac-ipc/README.md`.
@Tag("engine")
class LoracIpcGoldenIT {

    private static final List<NumericMode> MODES = List.of(NumericMode.FP64, NumericMode.FP32, NumericMode.FP32_ONEDNN);

    /// A case is computed once for both of its tests.
    private static final Map<String, GoldenComparison> DONE = new HashMap<>();

    @TestFactory
    Stream<DynamicTest> aTrainingTraceIsTheSame() {
        return GoldenCases.tests("lorac-ipc", "trace-", golden -> trace(golden).assertNear());
    }

    @TestFactory
    Stream<DynamicTest> everyTensorOfATraceIsCompared() {
        return GoldenCases.tests("lorac-ipc", "trace-", golden -> {
            GoldenComparison comparison = trace(golden);

            assertThat(new GoldenSetup(golden).tensors().names())
                    .filteredOn(name -> name.contains("task") && !name.startsWith("task_"))
                    .allMatch(name -> comparison.names().stream().anyMatch(name::endsWith));
        });
    }

    @TestFactory
    Stream<DynamicTest> aChangedNumberOfATraceIsSeen() {
        return GoldenCases.tests("lorac-ipc", "trace-", golden -> trace(golden).assertEveryChangeIsSeen());
    }

    @TestFactory
    Stream<DynamicTest> anAlignmentIsTheSame() {
        return GoldenCases.tests(
                "lorac-ipc", "classifier-alignment", golden -> alignment(golden).assertNear());
    }

    @TestFactory
    Stream<DynamicTest> everyTensorOfAnAlignmentIsComparedOrDrawn() {
        return GoldenCases.tests(
                "lorac-ipc",
                "classifier-alignment",
                golden -> assertThat(new GoldenSetup(golden).tensors().names())
                        .filteredOn(name -> Stream.of(".cluster", ".noise_epoch0", ".used_rows")
                                .noneMatch(name::endsWith))
                        // features come from the network of the trace, which may lie elsewhere
                        .filteredOn(name -> !name.endsWith(".features"))
                        .isSubsetOf(alignment(golden).names()));
    }

    @TestFactory
    Stream<DynamicTest> everyTensorOfTaskInferenceIsComparedOrGiven() {
        return GoldenCases.tests(
                "lorac-ipc",
                "task-id",
                golden -> assertThat(new GoldenSetup(golden).tensors().names())
                        .filteredOn(name -> !List.of("cluster", "mixed_order", "test_labels")
                                .contains(name))
                        // what needs the network of a trace is compared where there is one
                        .filteredOn(name -> new GoldenSetup(golden).trace().isPresent())
                        .isSubsetOf(taskIdentity(golden).names()));
    }

    @TestFactory
    Stream<DynamicTest> aChangedNumberOfAnAlignmentIsSeen() {
        return GoldenCases.tests(
                "lorac-ipc", "classifier-alignment", golden -> alignment(golden).assertEveryChangeIsSeen());
    }

    @TestFactory
    Stream<DynamicTest> theInferenceOfTheTaskIsTheSame() {
        return GoldenCases.tests(
                "lorac-ipc", "task-id", golden -> taskIdentity(golden).assertNear());
    }

    @TestFactory
    Stream<DynamicTest> aChangedNumberOfTaskInferenceIsSeen() {
        return GoldenCases.tests(
                "lorac-ipc", "task-id", golden -> taskIdentity(golden).assertEveryChangeIsSeen());
    }

    @TestFactory
    Stream<DynamicTest> theQuirksOfThePublishedCodeAreKept() {
        return GoldenCases.tests("lorac-ipc", "quirks", golden -> quirks(golden).assertNear());
    }

    @TestFactory
    Stream<DynamicTest> aChangedQuirkIsSeen() {
        return GoldenCases.tests("lorac-ipc", "quirks", golden -> quirks(golden).assertEveryChangeIsSeen());
    }

    private static GoldenComparison quirks(GoldenCase golden) {
        return DONE.computeIfAbsent(golden.name(), _ -> new GoldenQuirks(golden).compare());
    }

    private static GoldenComparison alignment(GoldenCase golden) {
        return DONE.computeIfAbsent(golden.name(), _ -> {
            GoldenComparison comparison = new GoldenComparison();
            for (NumericMode mode : MODES) {
                new GoldenAlignment(new GoldenSetup(golden), mode, comparison).compare();
            }
            return comparison;
        });
    }

    private static GoldenComparison taskIdentity(GoldenCase golden) {
        return DONE.computeIfAbsent(golden.name(), _ -> {
            GoldenComparison comparison = new GoldenComparison();
            for (NumericMode mode : MODES) {
                new GoldenTaskIdentity(new GoldenSetup(golden), mode, comparison).compare();
            }
            return comparison;
        });
    }

    private static GoldenComparison trace(GoldenCase golden) {
        return DONE.computeIfAbsent(golden.name(), _ -> {
            GoldenSetup setup = new GoldenSetup(golden);
            GoldenComparison comparison = new GoldenComparison();
            for (NumericMode mode : MODES) {
                new GoldenTrace(setup, mode, LoracIpc.Fidelity.REFERENCE, comparison).compare();
                boolean both = golden.json().has("corrected") || GoldenTrace.sameUnderBoth(setup);
                if (both && !mode.equals(NumericMode.FP32_ONEDNN)) {
                    new GoldenTrace(setup, mode, LoracIpc.Fidelity.CORRECTED, comparison).compare();
                }
            }
            return comparison;
        });
    }
}
