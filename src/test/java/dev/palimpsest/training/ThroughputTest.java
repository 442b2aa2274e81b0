package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ThroughputTest {

    private static Throughput after(int steps) {
        var throughput = new Throughput(1000);
        for (int step = 1; step <= steps; step++) {
            // the first ten take a second each, those that count a quarter
            throughput.step(3, step <= 10 ? 1_000_000_000 : 250_000_000);
        }
        return throughput;
    }

    @Test
    void theRateLeavesTheFirstTenStepsOutAndWaitsForTenMore() {
        assertThat(after(0).imagesPerSecond()).isNull();
        assertThat(after(19).imagesPerSecond()).isNull();
        assertThat(after(20).imagesPerSecond()).isEqualTo(12);
        assertThat(after(25).imagesPerSecond()).isEqualTo(12);
    }

    @Test
    void theShareGoesOnFromACheckpoint() {
        Throughput throughput = new Throughput(1000);
        throughput.resume(7, 250);
        throughput.step(50, 1);

        assertThat(throughput.steps()).isEqualTo(8);
        assertThat(throughput.share()).isEqualTo(0.3);
    }

    @Test
    void aRunWithoutImagesHasNoShare() {
        assertThat(new Throughput(0).share()).isZero();
    }
}
