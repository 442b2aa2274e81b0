package dev.palimpsest.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Features and what is learned from them, outside the Java heap.
@Tag("engine")
class FeaturesIT {

    private static final int WIDTH = 7;
    private static final int BLOCK = 4;
    private static final long[] LABELS = {3, 2, 3, 3, 2, 3, 2, 2, 3, 3, 2, 3, 3};

    @ParameterizedTest
    @EnumSource(ClassStatistics.Kind.class)
    void statisticsOfSinglePrecisionAreThoseOfTheSameNumbersAsDoubles(ClassStatistics.Kind kind) {
        try (FeatureBlocks blocks = blocks();
                ClassStatistics single = new ClassStatistics(TestPrograms.RUNTIME, kind, 3);
                ClassStatistics doubles = new ClassStatistics(TestPrograms.RUNTIME, kind, 3)) {
            sorted(blocks).forEach(one -> single.learn(0, one, 5));
            widened().forEach(one -> doubles.learn(0, one, 5));

            assertSame(single.save(), doubles.save());
        }
    }

    @Test
    void taskInferenceOfSinglePrecisionIsThatOfTheSameNumbersAsDoubles() {
        try (FeatureBlocks blocks = blocks();
                InferenceStatistics single = new InferenceStatistics(TestPrograms.RUNTIME, 2);
                InferenceStatistics doubles = new InferenceStatistics(TestPrograms.RUNTIME, 2)) {
            sorted(blocks).forEach(one -> single.learn(0, one, 5));
            widened().forEach(one -> doubles.learn(0, one, 5));

            assertSame(single.save(), doubles.save());
        }
    }

    /// 100 classes of 100 images, width 256: 20 MB of factors and as much of covariances of half of them.
    @Test
    void whatIsLearnedStaysOutOfTheHeap() {
        int width = 256;
        int images = 100;
        long before = heap();
        try (ClassStatistics covariances =
                        new ClassStatistics(TestPrograms.RUNTIME, ClassStatistics.Kind.COVARIANCE, 1);
                InferenceStatistics factors = new InferenceStatistics(TestPrograms.RUNTIME, 1)) {
            for (int c = 0; c < 100; c++) {
                double[] rows = new Random(c).doubles((long) images * width).toArray();
                ClassFeatures features = new ClassFeatures(c, rows, images, width);
                factors.learn(0, features, 1);
                covariances.learn(0, features, 1);
            }

            assertThat(heap() - before).isLessThan(4 << 20);
        }
    }

    /// Used after a full collection.
    private static long heap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static float[] rows() {
        float[] rows = new float[LABELS.length * WIDTH];
        Random random = new Random(3);
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) random.nextGaussian();
        }
        return rows;
    }

    /// The last block is shorter.
    private static FeatureBlocks blocks() {
        FeatureBlocks blocks = new FeatureBlocks(TestPrograms.RUNTIME, BLOCK);
        float[] rows = rows();
        for (int from = 0; from < LABELS.length; from += BLOCK) {
            int count = Math.min(BLOCK, LABELS.length - from);
            try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
                float[] part = Arrays.copyOfRange(rows, from * WIDTH, (from + count) * WIDTH);
                assertThat(blocks.add(scope.keep(scope.floats(part, count, WIDTH))))
                        .isEqualTo(from);
            }
        }
        return blocks;
    }

    private static List<ClassFeatures> sorted(FeatureBlocks blocks) {
        return ClassFeatures.of(blocks, WIDTH, LABELS, 2, 2);
    }

    /// The same classes, sorted by hand.
    private static List<ClassFeatures> widened() {
        float[] rows = rows();
        return List.of(ofClass(rows, 2), ofClass(rows, 3));
    }

    private static ClassFeatures ofClass(float[] rows, int position) {
        double[] own = new double[rows.length];
        int count = 0;
        for (int i = 0; i < LABELS.length; i++) {
            if (LABELS[i] == position) {
                for (int d = 0; d < WIDTH; d++) {
                    own[count * WIDTH + d] = rows[i * WIDTH + d];
                }
                count++;
            }
        }
        return new ClassFeatures(position, Arrays.copyOf(own, count * WIDTH), count, WIDTH);
    }

    private static void assertSame(TensorBundle one, TensorBundle other) {
        TensorBundle expected = Tensors.copy(other);
        assertThat(one.names()).isNotEmpty().isEqualTo(expected.names());
        for (String name : one.names()) {
            assertThat(one.get(name).doubles())
                    .as(name)
                    .isEqualTo(expected.get(name).doubles());
        }
    }
}
