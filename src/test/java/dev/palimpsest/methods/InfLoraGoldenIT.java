package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.GoldenCases;
import dev.palimpsest.support.GoldenCases.GoldenCase;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.torch.NumericMode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/// Against numbers of the published implementation: `golden/inflora/README.md`. Runs are those of the service.
@Tag("engine")
class InfLoraGoldenIT {

    private static final List<NumericMode> MODES = List.of(NumericMode.FP64, NumericMode.FP32, NumericMode.FP32_ONEDNN);

    /// A case is computed once for all of its tests.
    private static final Map<String, GoldenComparison> DONE = new HashMap<>();

    @TestFactory
    Stream<DynamicTest> aPublishedRunIsTheTrainersRun() {
        return cases(golden -> comparison(golden).assertNear());
    }

    @TestFactory
    Stream<DynamicTest> aChangedNumberIsSeen() {
        return cases(golden -> comparison(golden).assertEveryChangeIsSeen());
    }

    @TestFactory
    Stream<DynamicTest> everyTensorIsCompared() {
        return cases(golden -> {
            if (isMemory(golden)) {
                assertThat(new InfLoraGoldenMemory(golden).stored().names())
                        .filteredOn(name -> Stream.of(".cov_pre", ".cov_post", ".tokens", ".logits", ".targets")
                                .noneMatch(name::endsWith))
                        .isSubsetOf(comparison(golden).names());
            } else {
                assertThat(new InfLoraGolden(golden).wanted())
                        .isNotEmpty()
                        .isSubsetOf(comparison(golden).names());
            }
        });
    }

    private static Stream<DynamicTest> cases(Consumer<GoldenCase> test) {
        return GoldenCases.tests("inflora", "", test);
    }

    /// Whatever a file is called: a run has a configuration.
    private static boolean isMemory(GoldenCase golden) {
        return !golden.json().has("config");
    }

    private static GoldenComparison comparison(GoldenCase golden) {
        return DONE.computeIfAbsent(golden.name(), _ -> {
            if (isMemory(golden)) {
                return new InfLoraGoldenMemory(golden).compare();
            }
            GoldenComparison comparison = new GoldenComparison();
            for (NumericMode mode : MODES) {
                new InfLoraGoldenRun(new InfLoraGolden(golden), mode, comparison).compare();
            }
            return comparison;
        });
    }
}
