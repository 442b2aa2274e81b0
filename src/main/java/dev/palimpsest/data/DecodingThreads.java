package dev.palimpsest.data;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Does something for every row of a source on a few platform threads: decoding is CPU work.
final class DecodingThreads {

    private static final int BLOCK = 32;

    private final int count;
    private final BooleanSupplier stop;
    private final IntConsumer action;
    private final AtomicInteger nextBlock = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private DecodingThreads(int count, BooleanSupplier stop, IntConsumer action) {
        this.count = count;
        this.stop = stop;
        this.action = action;
    }

    /// Calls `action` once for each of 0..count-1, in no order, and returns when all are done.
    /// The first failure of any kind, an error of the machine too, ends the work and is thrown here.
    ///
    /// Its threads are never interrupted, which would close the files they read. If the calling thread is,
    /// they stop after the picture in hand, and the caller stays interrupted.
    ///
    /// @param stop asked before each row
    /// @throws CancellationException if `stop` answered true or the calling thread was interrupted
    static void forEach(int count, int threads, BooleanSupplier stop, IntConsumer action) {
        new DecodingThreads(count, stop, action).run(Math.max(1, threads));
    }

    private void run(int threads) {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("interrupted before reading pictures");
        }
        var factory = Thread.ofPlatform().name("decode-", 0).daemon().factory();
        CountDownLatch left = new CountDownLatch(threads);
        for (int i = 0; i < threads; i++) {
            try {
                factory.newThread(() -> work(left)).start();
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
                left.countDown();
            }
        }
        await(left);
        switch (failure.get()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException("a row could not be done", e);
        }
        if (done.get() != count) {
            throw new IllegalStateException("%d rows were to be done, %d were".formatted(count, done.get()));
        }
    }

    private void await(CountDownLatch left) {
        boolean interrupted = false;
        while (true) {
            try {
                left.await();
                break;
            } catch (InterruptedException _) {
                interrupted = true;
                failure.compareAndSet(null, new CancellationException("interrupted while reading pictures"));
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void work(CountDownLatch left) {
        try {
            while (failure.get() == null) {
                int start = nextBlock.getAndAdd(BLOCK);
                if (start >= count || start < 0) {
                    return;
                }
                for (int i = start; i < Math.min(start + BLOCK, count) && failure.get() == null; i++) {
                    if (stop.getAsBoolean()) {
                        throw new CancellationException("stopped while reading pictures");
                    }
                    action.accept(i);
                    done.incrementAndGet();
                }
            }
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        } finally {
            left.countDown();
        }
    }
}
