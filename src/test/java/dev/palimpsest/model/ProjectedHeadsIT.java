package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Heads of another width than the network's, above a fixed random map of its features.
@Tag("engine")
class ProjectedHeadsIT {

    private static final int CLASSES = 4;
    private static final int WIDTH = 11;
    private static final int IMAGES = 7;
    private static final int CHUNK = 3;
    private static final long SEED = 5;
    private static final List<ClassRange> TASKS = List.of(new ClassRange(0, 1), new ClassRange(1, 3));

    private Backbone backbone;
    private Network network;

    @BeforeEach
    void open() {
        backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT32, 9);
        network = network();
    }

    @AfterEach
    void close() {
        network.close();
        backbone.close();
    }

    private Network network() {
        return TinyNetworks.network(
                TestPrograms.RUNTIME,
                backbone,
                TinyNetworks.adapters(2, EnumSet.allOf(Site.class)),
                CLASSES,
                NumericMode.FP32);
    }

    private static double[] normal(long seed, int count) {
        return new Random(seed).doubles(count, -1, 1).toArray();
    }

    private static double[] logits(Network of, double[] features, int chunk) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            int count = features.length / TinyNetworks.WIDTH;
            return of.logits(scope, features, count, chunk).doubles();
        }
    }

    @Test
    void scoresAreHeadTimesReluOfFeatureTimesProjection() {
        Classifier.Projected projected = network.project(WIDTH, SEED);
        double[] weights = normal(1, CLASSES * WIDTH);
        projected.heads().set(0, weights, new double[CLASSES]);
        double[] features = normal(2, IMAGES * TinyNetworks.WIDTH);
        double[] projection = projected.projection().doubles();

        double[] scores = logits(network, features, CHUNK);

        for (int i = 0; i < IMAGES; i++) {
            for (int c = 0; c < CLASSES; c++) {
                double score = 0;
                for (int m = 0; m < WIDTH; m++) {
                    double mapped = 0;
                    for (int d = 0; d < TinyNetworks.WIDTH; d++) {
                        mapped += features[i * TinyNetworks.WIDTH + d] * projection[d * WIDTH + m];
                    }
                    score += weights[c * WIDTH + m] * Math.max(mapped, 0);
                }
                assertThat(scores[i * CLASSES + c])
                        .as("image %d, class %d", i, c)
                        .isCloseTo(score, within(1e-4));
            }
        }
    }

    @Test
    void theMapIsStandardNormalAndFollowsFromTheSeed() {
        double[] drawn = network.project(2000, SEED).projection().doubles();
        double mean = 0;
        double square = 0;
        for (double value : drawn) {
            mean += value / drawn.length;
            square += value * value / drawn.length;
        }
        assertThat(mean).isCloseTo(0, within(0.02)); // 64,000 numbers: five standard errors
        assertThat(square).isCloseTo(1, within(0.03));

        try (Network same = network();
                Network other = network()) {
            assertThat(same.project(2000, SEED).projection().doubles()).isEqualTo(drawn);
            assertThat(other.project(2000, SEED + 1).projection().doubles()).isNotEqualTo(drawn);
        }
    }

    @Test
    void aRowDoesNotDependOnItsNeighbours() {
        network.project(WIDTH, SEED).heads().set(0, normal(1, CLASSES * WIDTH), new double[CLASSES]);
        double[] features = normal(2, IMAGES * TinyNetworks.WIDTH);
        double[] one = new double[TinyNetworks.WIDTH];
        System.arraycopy(features, 4 * TinyNetworks.WIDTH, one, 0, one.length);
        double[] alone = logits(network, one, CHUNK);

        double[] together = logits(network, features, CHUNK);

        for (int c = 0; c < CLASSES; c++) {
            assertThat(together[4 * CLASSES + c]).isEqualTo(alone[c]);
        }
    }

    @Test
    void savedAndRestoredTheyScoreTheSame() {
        network.project(WIDTH, SEED).heads().set(0, normal(1, CLASSES * WIDTH), new double[CLASSES]);
        double[] features = normal(2, IMAGES * TinyNetworks.WIDTH);
        TensorBundle saved = Tensors.copy(network.saveHeads(TASKS));

        assertThat(saved.names())
                .containsExactlyInAnyOrder("projection", "task1.weight", "task1.bias", "task2.weight", "task2.bias");
        assertThat(saved.get("task2.weight").shape()).containsExactly(3, WIDTH);
        try (Network other = network()) {
            other.restoreHeads(saved, TASKS);

            assertThat(logits(other, features, CHUNK)).isEqualTo(logits(network, features, CHUNK));
        }
    }

    @Test
    void withoutAMapTheHeadsScoreTheFeaturesAndAreSavedAsBefore() {
        assertThat(network.classifier()).isEqualTo(new Classifier.Linear(network.heads()));
        assertThat(network.classifier().mapNumbers()).isZero();
        assertThat(network.classifier().numbersOfClass()).isEqualTo(TinyNetworks.WIDTH + 1);
        assertThat(network.saveHeads(TASKS).names())
                .isEqualTo(network.heads().save(TASKS).names());
    }

    @Test
    void itCountsWhatClassifyingNeeds() {
        Classifier.Projected projected = network.project(WIDTH, SEED);

        assertThat(projected.mapNumbers()).isEqualTo(TinyNetworks.WIDTH * WIDTH);
        assertThat(projected.numbersOfClass()).isEqualTo(WIDTH);
    }

    @Test
    void aSecondMapIsRefusedAndEverythingIsReleased() {
        long before = TestPrograms.RUNTIME.openTensors();
        try (Network other = network()) {
            other.project(WIDTH, SEED);
            assertThatIllegalStateException()
                    .isThrownBy(() -> other.project(WIDTH, SEED))
                    .withMessageContaining("projected already");
        }
        assertThat(TestPrograms.RUNTIME.openTensors()).isEqualTo(before);
    }
}
