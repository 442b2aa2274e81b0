package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.GoldenCases;
import dev.palimpsest.support.GoldenCases.GoldenCase;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/// Task arithmetic against traces of another program: `golden/task-arithmetic/README.md`.
@Tag("engine")
class TaskArithmeticGoldenIT {

    private static final List<NumericMode> MODES = List.of(NumericMode.FP64, NumericMode.FP32, NumericMode.FP32_ONEDNN);

    /// A case is computed once for all of its tests.
    private static final Map<String, Done> DONE = new HashMap<>();

    /// @param adapters after the last task, by mode and then by merge rule or stage
    private record Done(GoldenComparison comparison, List<List<TensorBundle>> adapters) {}

    @TestFactory
    Stream<DynamicTest> aTraceIsTheTrainersRun() {
        return cases(golden -> run(golden).comparison().assertNear());
    }

    @TestFactory
    Stream<DynamicTest> everyTensorOfATraceIsCompared() {
        return cases(golden -> assertThat(new ArithmeticSetup(golden).tensors().names())
                .isSubsetOf(run(golden).comparison().names()));
    }

    @TestFactory
    Stream<DynamicTest> aChangedNumberOfATraceIsSeen() {
        return cases(golden -> run(golden).comparison().assertEveryChangeIsSeen());
    }

    @TestFactory
    Stream<DynamicTest> whatATaskLearnsDoesNotDependOnTheMerge() {
        return cases(golden -> {
            for (List<TensorBundle> rules : run(golden).adapters()) {
                TensorBundle first = rules.getFirst();
                for (TensorBundle other : rules) {
                    assertThat(other.names()).isEqualTo(first.names());
                    assertThat(other.names())
                            .allSatisfy(name -> assertThat(other.get(name).doubles())
                                    .isEqualTo(first.get(name).doubles()));
                }
            }
        });
    }

    /// With features of the frozen network, which no training has touched.
    @TestFactory
    Stream<DynamicTest> herdingChoosesTheStoredImages() {
        return cases(golden -> {
            ArithmeticSetup setup = new ArithmeticSetup(golden);
            if (setup.stages().isEmpty() || !golden.json().get("expected").has("herding")) {
                return;
            }
            String stage = setup.stages().iterator().next();
            GoldenComparison comparison = new GoldenComparison();
            ArithmeticRun run = new ArithmeticRun(setup, NumericMode.FP64, setup.ruleBefore(stage), stage, comparison);
            run.compare();

            List<List<Integer>> stored = new ArrayList<>();
            for (JsonNode rows : golden.json().get("expected").get("herding").get("rows")) {
                stored.add(rows.valueStream().map(JsonNode::intValue).toList());
            }
            assertThat(run.kept()).isEqualTo(stored);
        });
    }

    private static Stream<DynamicTest> cases(Consumer<GoldenCase> test) {
        return GoldenCases.tests("task-arithmetic", "trace-", test);
    }

    private static Done run(GoldenCase golden) {
        return DONE.computeIfAbsent(golden.name(), _ -> {
            ArithmeticSetup setup = new ArithmeticSetup(golden);
            GoldenComparison comparison = new GoldenComparison();
            List<List<TensorBundle>> adapters = new ArrayList<>();
            for (NumericMode mode : MODES) {
                List<TensorBundle> rules = new ArrayList<>();
                for (String rule : setup.expected(0).get("merged").propertyNames()) {
                    rules.add(new ArithmeticRun(setup, mode, rule, null, comparison).compare());
                }
                for (String stage : setup.stages()) {
                    rules.add(new ArithmeticRun(setup, mode, setup.ruleBefore(stage), stage, comparison).compare());
                }
                adapters.add(rules);
            }
            return new Done(comparison, adapters);
        });
    }
}
