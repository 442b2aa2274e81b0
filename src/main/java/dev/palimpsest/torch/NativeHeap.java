package dev.palimpsest.torch;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What the C library keeps of freed tensors. Its heap reuses aligned blocks badly (glibc before 2.38 cannot
/// give a freed one to a request of the same size), so that a run of many steps would hold a multiple of what
/// its tensors need.
final class NativeHeap {

    /// Pages given back are cleared by the system when they are used again: at 15 s a hundredth of the time.
    private static final long BETWEEN = 15_000_000_000L;

    @SuppressWarnings("restricted") // a C function with one number in and one out
    private static final @Nullable MethodHandle TRIM = Linker.nativeLinker()
            .defaultLookup()
            .find("malloc_trim")
            .map(found -> Linker.nativeLinker()
                    .downcallHandle(found, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG)))
            .orElse(null);

    private final AtomicLong next = new AtomicLong(System.nanoTime() + BETWEEN);

    /// Gives free pages back to the system, where the C library can and the last time was 15 s ago; safe for
    /// any thread.
    void trim() {
        MethodHandle trim = TRIM;
        long due = next.get();
        long now = System.nanoTime();
        if (trim == null || now - due < 0 || !next.compareAndSet(due, now + BETWEEN)) {
            return;
        }
        try {
            int ignored = (int) trim.invokeExact(0L);
        } catch (Throwable e) {
            throw new IllegalStateException("malloc_trim cannot be called", e);
        }
    }
}
