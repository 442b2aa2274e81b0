package dev.palimpsest.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// CPU time of this process, all threads together, by `clock_gettime`: the JDK's own number moves in steps of
/// 10 ms.
final class CpuClock {

    private static final int PROCESS = 2;

    @SuppressWarnings("restricted") // a C function that fills two numbers
    private static final MethodHandle CLOCK = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("clock_gettime"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

    private CpuClock() {}

    static long nanos() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocate(ValueLayout.JAVA_LONG, 2);
            int failed = (int) CLOCK.invokeExact(PROCESS, time);
            if (failed != 0) {
                throw new IllegalStateException("clock_gettime answers " + failed);
            }
            return time.getAtIndex(ValueLayout.JAVA_LONG, 0) * 1_000_000_000
                    + time.getAtIndex(ValueLayout.JAVA_LONG, 1);
        } catch (Throwable e) {
            throw new IllegalStateException("the CPU time of this process cannot be read", e);
        }
    }
}
