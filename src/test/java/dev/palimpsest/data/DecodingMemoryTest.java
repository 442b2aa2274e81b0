package dev.palimpsest.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class DecodingMemoryTest {

    @Test
    @Timeout(20)
    void picturesInFlightNeverTakeMoreThanThereIs() throws InterruptedException {
        DecodingMemory memory = new DecodingMemory(10 << 20);
        AtomicLong now = new AtomicLong();
        AtomicLong most = new AtomicLong();
        AtomicInteger done = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int round = 0; round < 50; round++) {
                    memory.with(3 << 20, () -> {
                        most.accumulateAndGet(now.addAndGet(3 << 20), Math::max);
                        Thread.onSpinWait();
                        now.addAndGet(-(3 << 20));
                        done.incrementAndGet();
                    });
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(done).hasValue(400);
        assertThat(most.get()).isLessThanOrEqualTo(10L << 20);
    }

    @Test
    @Timeout(20)
    void picturesGoTogetherWhereThereIsRoom() throws InterruptedException {
        DecodingMemory memory = new DecodingMemory(10 << 20);
        Phaser inside = new Phaser(3);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            threads.add(Thread.ofPlatform().daemon().start(() -> memory.with(3 << 20, inside::arriveAndAwaitAdvance)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(inside.getPhase()).isEqualTo(1);
    }

    @Test
    @Timeout(20)
    void aPictureLargerThanAllOfItGoesAlone() {
        DecodingMemory memory = new DecodingMemory(1 << 20);
        AtomicInteger done = new AtomicInteger();

        memory.with(1L << 40, done::incrementAndGet);
        memory.with(1L << 40, done::incrementAndGet);

        assertThat(done).hasValue(2);
    }
}
