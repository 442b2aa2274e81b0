package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class StopwatchTest {

    private static final Duration WORK = Duration.ofMillis(20);

    private static void work() {
        long end = System.nanoTime() + WORK.toNanos();
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    @Test
    void trainingAndMeasuringAreAddedUpApart() {
        var watch = new Stopwatch();
        watch.start(0);
        long start = System.nanoTime();

        watch.training(StopwatchTest::work);
        assertThat(watch.trainSeconds()).isGreaterThanOrEqualTo(0.02);
        assertThat(watch.evaluateSeconds()).isZero();
        String trained = watch.training(() -> {
            work();
            return "trained";
        });
        assertThat(watch.trainSeconds()).isGreaterThanOrEqualTo(0.04);
        String measured = watch.evaluating(() -> {
            work();
            return "measured";
        });
        watch.evaluating(() -> {
            work();
            return "again";
        });

        double whole = (System.nanoTime() - start) / 1e9;
        assertThat(trained + " " + measured).isEqualTo("trained measured");
        assertThat(watch.evaluateSeconds()).isGreaterThanOrEqualTo(0.04);
        assertThat(watch.trainSeconds() + watch.evaluateSeconds()).isLessThanOrEqualTo(whole);
    }

    @Test
    void aTaskGoesOnFromWhatItHadAndTheNextBeginsAnew() {
        var watch = new Stopwatch();
        watch.start(3.5);
        assertThat(watch.trainSeconds()).isEqualTo(3.5);
        watch.evaluating(() -> {
            work();
            return "measured";
        });

        watch.start(0);

        assertThat(watch.trainSeconds()).isZero();
        assertThat(watch.evaluateSeconds()).isZero();
    }
}
