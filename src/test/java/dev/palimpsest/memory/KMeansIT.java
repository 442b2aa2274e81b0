package dev.palimpsest.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.support.StoredAnswers;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorScope;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/// k-means against scikit-learn's, seeded by its k-means++ with the same random numbers. Up to 15 rounds.
@Tag("engine")
class KMeansIT {

    @TestFactory
    Stream<DynamicTest> labelsAndCentresAreThoseOfScikitLearn() {
        return StoredAnswers.of("k-means.json")
                .map(stored -> DynamicTest.dynamicTest(stored.get("name").stringValue(), () -> compare(stored)));
    }

    private static void compare(JsonNode stored) {
        double[] rows = StoredAnswers.numbers(stored.get("rows"));
        int count = stored.get("rows").size();
        long k = stored.get("k").longValue();
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            List<Tensor> found = TestPrograms.PROGRAM.callAll(
                    scope,
                    "k_means",
                    scope.doubles(rows, count, rows.length / count),
                    k,
                    stored.get("seed").longValue());

            assertThat(Arrays.stream(found.get(1).longs()).asDoubleStream().toArray())
                    .as("labels")
                    .isEqualTo(StoredAnswers.numbers(stored.get("labels")));
            assertNear(found.get(0).doubles(), StoredAnswers.numbers(stored.get("centres")));
        }
    }

    private static void assertNear(double[] found, double[] stored) {
        assertThat(found).hasSameSizeAs(stored);
        for (int i = 0; i < stored.length; i++) {
            assertThat(Math.abs(found[i] - stored[i])).as("centre number %d", i).isLessThan(1e-12);
        }
    }
}
