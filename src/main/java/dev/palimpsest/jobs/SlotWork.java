package dev.palimpsest.jobs;

import java.util.UUID;
import java.util.function.BooleanSupplier;

/// **Port**: short work that needs a device but is no job, an evaluation for instance. It waits in the queue
/// of a pool and takes one of the pool's slots, as a job does; its row and its states are its owner's.
public interface SlotWork {

    /// Name of the work in the scheduler's table, before `@<pool>`.
    String name();

    /// Does the work on a thread of the device pool. What happened is written by the owner, under the lease;
    /// an exception means that the row could not be written, and the work comes again.
    ///
    /// @return false to let it wait for a slot again, because a stop was asked
    boolean run(Turn turn);

    /// The worker that had this turn is gone; the work will get another one. Nothing may happen if a later
    /// turn has begun.
    void lost(UUID id, long lease);

    /// One start of a piece of work.
    ///
    /// @param id of what was put into the queue
    /// @param lease which pick of the scheduler this is: the fence of everything that is written
    /// @param stopping whether the node wants its slots back; read between two steps
    record Turn(UUID id, long lease, Device device, BooleanSupplier stopping) {}
}
