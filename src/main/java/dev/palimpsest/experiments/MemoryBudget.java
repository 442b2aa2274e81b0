package dev.palimpsest.experiments;

import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/// What one process may use of the machine's memory: a Java heap, and beside it tensors and decoded pictures.
///
/// @param machine bytes that the process may have in all, a container's limit where there is one
/// @param heap most bytes of the Java heap
/// @param imageStore decoded pictures of one task that stay in memory; more of them lie in a file
public record MemoryBudget(long machine, long heap, long imageStore) {

    /// Tensors need the rest.
    private static final int SHARE = 4;

    /// Shares the memory out.
    ///
    /// @param asked for the image store, or null
    /// @param slots jobs that run at once
    /// @throws IllegalStateException if the settings ask for more than there is
    public static MemoryBudget of(@Nullable DataSize asked, int slots, long machine, long heap) {
        int jobs = Math.max(1, slots);
        if (asked == null) {
            return new MemoryBudget(machine, heap, Math.max(0, machine - heap) / SHARE / jobs);
        }
        long store = asked.toBytes();
        if (store > (machine - heap) / jobs) {
            throw new IllegalStateException(
                    ("palimpsest.engine.image-store-size must be at most %d for %d slots: of %d bytes of memory the Java"
                                    + " heap may take %d (PALIMPSEST_JAVA_OPTIONS); got %d")
                            .formatted(Math.max(0, machine - heap) / jobs, jobs, machine, heap, store));
        }
        return new MemoryBudget(machine, heap, store);
    }

    /// For everything that is no Java object.
    long outsideTheHeap() {
        return Math.max(0, machine - heap);
    }
}
