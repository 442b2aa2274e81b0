package dev.palimpsest.data;

import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Does something for every row of a source on a few platform threads: decoding is CPU work.
final class DecodingThreads {

    private static final int BLOCK = 32;

    private DecodingThreads() {}

    /// Calls `action` once for each of 0..count-1, in no order, and returns when all are done.
    /// The first failure ends the work and is thrown here.
    ///
    /// @param stop asked between blocks of rows
    /// @throws CancellationException if `stop` answered true
    static void forEach(int count, int threads, BooleanSupplier stop, IntConsumer action) {
        AtomicInteger nextBlock = new AtomicInteger();
        AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
        Runnable worker = () -> {
            while (failure.get() == null) {
                int start = nextBlock.getAndAdd(BLOCK);
                if (start >= count || start < 0) {
                    return;
                }
                try {
                    if (stop.getAsBoolean()) {
                        throw new CancellationException("stopped while reading pictures");
                    }
                    for (int i = start; i < Math.min(start + BLOCK, count); i++) {
                        action.accept(i);
                    }
                } catch (RuntimeException e) {
                    failure.compareAndSet(null, e);
                }
            }
        };
        var factory = Thread.ofPlatform().name("decode-", 0).daemon().factory();
        try (var executor = Executors.newFixedThreadPool(Math.max(1, threads), factory)) {
            for (int i = 0; i < Math.max(1, threads); i++) {
                Future<?> _ = executor.submit(worker);
            }
        }
        RuntimeException thrown = failure.get();
        if (thrown != null) {
            throw thrown;
        }
        if (nextBlock.get() < count) {
            throw new CancellationException("interrupted while reading pictures");
        }
    }
}
