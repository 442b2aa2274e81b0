package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.TinyNetworks;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Nothing trains; no adapters.
class NearestClassMeanIT extends ContinualMethodContract {

    private static final int TASKS = 3;
    private static final int IMAGES = 7;
    private static final int ASKED = 300;
    private static final int WIDTH = TinyNetworks.WIDTH;

    @Override
    MethodSettings settings() {
        return new NearestClassMean.Settings();
    }

    @Override
    int adaptersAfter(int tasks) {
        return 0;
    }

    /// Means of very different lengths, so that neither the angle nor the product decides.
    @Test
    void theBestScoreIsThatOfTheNearestMean() {
        Random random = new Random(3);
        List<double[]> means = new ArrayList<>();
        int classes = TASKS * TaskChain.CLASSES_A_TASK;
        NearestClassMean method = new NearestClassMean();
        try (Backbone backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT32, 9);
                Network network = TinyNetworks.network(
                        TestPrograms.RUNTIME, backbone, TinyNetworks.adapters(1), classes, NumericMode.FP32);
                TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            for (int t = 0; t < TASKS; t++) {
                List<ClassFeatures> features = new ArrayList<>();
                for (int position : TaskChain.task(t).classes()) {
                    double[] rows = gaussian(random, IMAGES, 0.5 + position);
                    features.add(new ClassFeatures(position, rows, IMAGES, WIDTH));
                    means.add(mean(rows));
                }
                method.afterTask(new RecordingTask(network, TaskChain.task(t), List.of(), features));
            }
            double[] asked = gaussian(random, ASKED, 2);

            double[] scores = network.logits(scope, asked, ASKED, ASKED).doubles();

            int[] best = each(c -> i -> -scores[i * classes + c], classes);
            int[] nearest = each(c -> i -> distance(asked, i, means.get(c)), classes);
            assertThat(best).isEqualTo(nearest);
            assertThat(Arrays.stream(best).distinct().count())
                    .as("classes that are the nearest")
                    .isEqualTo(classes);
        }
    }

    private interface Cost {
        double of(int image);
    }

    private interface ClassCost {
        Cost of(int position);
    }

    /// The class of the least cost of each image.
    private static int[] each(ClassCost cost, int classes) {
        return IntStream.range(0, ASKED)
                .map(i -> IntStream.range(0, classes)
                        .boxed()
                        .min(Comparator.comparingDouble(c -> cost.of(c).of(i)))
                        .orElseThrow())
                .toArray();
    }

    private static double distance(double[] rows, int row, double[] mean) {
        return IntStream.range(0, WIDTH)
                .mapToDouble(d -> rows[row * WIDTH + d] - mean[d])
                .map(difference -> difference * difference)
                .sum();
    }

    private static double[] mean(double[] rows) {
        return IntStream.range(0, WIDTH)
                .mapToDouble(d -> IntStream.range(0, IMAGES)
                        .mapToDouble(i -> rows[i * WIDTH + d])
                        .average()
                        .orElseThrow())
                .toArray();
    }

    private static double[] gaussian(Random random, int rows, double deviation) {
        return IntStream.range(0, rows * WIDTH)
                .mapToDouble(_ -> deviation * random.nextGaussian())
                .toArray();
    }
}
