package dev.palimpsest.data;

import java.util.concurrent.Semaphore;

/// The heap that pictures take while they are decoded, shared by all threads of the process: a thread whose
/// picture does not fit beside those of others waits. A picture that is larger than all of it goes alone.
final class DecodingMemory {

    /// A quarter of the heap, whatever the number of threads.
    static final DecodingMemory SHARED = new DecodingMemory(Runtime.getRuntime().maxMemory() / 4);

    private static final int UNIT = 1024;

    private final int units;
    private final Semaphore free;

    DecodingMemory(long bytes) {
        units = Math.clamp(bytes / UNIT, 1, Integer.MAX_VALUE);
        free = new Semaphore(units, true);
    }

    /// Does something that takes so many bytes meanwhile.
    void with(long bytes, Runnable work) {
        int taken = (int) Math.min(bytes / UNIT + 1, units);
        free.acquireUninterruptibly(taken);
        try {
            work.run();
        } finally {
            free.release(taken);
        }
    }
}
