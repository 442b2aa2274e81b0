package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Which classes an epoch of alignment draws. All scores start at 0, so the bias of class c moves by rate times
/// its share of the samples less one over the number of classes: the counts can be read from it.
@Tag("engine")
class AlignmentDrawsIT {

    private static final int CLASSES = 6;
    private static final int GAUSSIANS = 2 * CLASSES;
    private static final int PER_STEP = 60;

    /// Small enough that scores stay at 0 for all steps of an epoch.
    private static final double RATE = 1e-7;

    private Backbone backbone;
    private Network network;

    @BeforeEach
    void open() {
        backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT64, 9);
        network = TinyNetworks.network(
                TestPrograms.RUNTIME, backbone, TinyNetworks.adapters(1), CLASSES, NumericMode.FP64);
    }

    @AfterEach
    void close() {
        network.close();
        backbone.close();
    }

    /// Of each class 120 rows stand in the pool; a draw without replacement of 60 of 720 that misses one of six classes
    /// has a probability of 1e-4.
    @Test
    void aStepDrawsFromAllClasses() {
        long[] drawn = drawn(1, 3);

        assertThat(drawn).doesNotContain(0);
        assertThat(Arrays.stream(drawn).sum()).isEqualTo(PER_STEP);
    }

    @Test
    void anEpochAsLongAsThePoolDrawsEachClassEquallyOften() {
        assertThat(drawn(GAUSSIANS, 3)).containsOnly(2 * PER_STEP);
    }

    @Test
    void anotherSeedDrawsOthers() {
        List<List<Long>> draws = IntStream.range(0, 4)
                .mapToObj(seed -> Arrays.stream(drawn(2, seed)).boxed().toList())
                .toList();

        assertThat(draws).doesNotHaveDuplicates();
        assertThat(Arrays.stream(drawn(2, 0)).boxed().toList()).isEqualTo(draws.getFirst());
    }

    /// Samples of each class in one epoch.
    private long[] drawn(int iterations, long seed) {
        int width = TinyNetworks.WIDTH;
        network.heads().set(0, new double[CLASSES * width], new double[CLASSES]);
        List<HostTensor> zeros = Collections.nCopies(GAUSSIANS, HostTensor.ofDoubles(new double[width], width));
        long[] labels = IntStream.range(0, GAUSSIANS).mapToLong(k -> k / 2).toArray();
        double[] ones = IntStream.range(0, GAUSSIANS).mapToDouble(_ -> 1).toArray();
        try (AlignmentSamples samples = network.samples(zeros, zeros, labels, ones);
                HeadMomentum momentum = network.momentum()) {
            network.align(samples, momentum, new AlignmentEpoch(PER_STEP, iterations, seed, CLASSES, RATE, 0));
        }
        double[] biases = network.heads()
                .save(List.of(new ClassRange(0, CLASSES)))
                .get("task1.bias")
                .doubles();
        return Arrays.stream(biases)
                .mapToLong(bias -> Math.round(bias / RATE * PER_STEP + (double) iterations * PER_STEP / CLASSES))
                .toArray();
    }
}
