package dev.palimpsest.torch;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What this process keeps of freed memory. The C library's heap reuses aligned blocks badly (glibc before 2.38
/// cannot give a freed one to a request of the same size), and Java's heap rather grows to its limit than it is
/// collected, so that a run of many steps would hold a multiple of what it needs.
final class FreeMemory {

    private static final long SECOND = 1_000_000_000L;

    private static final long BETWEEN_LOOKS = 15 * SECOND;

    /// Between two times when nothing grows: a large run may be over, and the memory is wanted elsewhere.
    private static final long AT_LATEST = 300 * SECOND;

    @SuppressWarnings("restricted") // a C function with one number in and one out
    private static final @Nullable MethodHandle TRIM = Linker.nativeLinker()
            .defaultLookup()
            .find("malloc_trim")
            .map(found -> Linker.nativeLinker()
                    .downcallHandle(found, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG)))
            .orElse(null);

    private final AtomicLong nextLook;
    private long last;
    private long settled; // resident bytes at the first look after the last time, 0 before it

    FreeMemory(long now) {
        nextLook = new AtomicLong(now + BETWEEN_LOOKS);
        last = now;
    }

    /// Gives garbage and free pages back to the system where it is worth it; looks every 15 s. Safe for any
    /// thread.
    void giveBack() {
        long due = nextLook.get();
        long now = System.nanoTime();
        if (now - due < 0
                || !nextLook.compareAndSet(due, now + BETWEEN_LOOKS)
                || !worthIt(now, ResidentMemory.bytes().orElse(0))) {
            return;
        }
        System.gc(); // garbage is small beside the tensors, so no collector sees a reason of its own
        MethodHandle trim = TRIM;
        if (trim == null) {
            return;
        }
        try {
            int ignored = (int) trim.invokeExact(0L);
        } catch (Throwable e) {
            throw new IllegalStateException("malloc_trim cannot be called", e);
        }
    }

    /// Whether resident memory has grown by a thirty-second part since it settled, or the last time is long
    /// ago. Pages given back are cleared by the system when they are used again, so steps that go on as before
    /// keep them.
    synchronized boolean worthIt(long now, long resident) {
        boolean grown = settled > 0 && resident > settled + settled / 32;
        if (grown || now - last >= AT_LATEST) {
            last = now;
            settled = 0;
            return true;
        }
        if (settled == 0) {
            settled = resident;
        }
        return false;
    }
}
