package dev.palimpsest.workers;

import dev.palimpsest.jobs.Device;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/// **Port**: short work that needs a device but is no job, an evaluation for instance. It waits in the queue
/// of a pool and takes one of the pool's slots, as a job does; its row and its states are its owner's.
public interface SlotWork {

    /// Name of the work in the scheduler's table, before `@<pool>`.
    String name();

    /// Does the work on a thread of the device pool, if [SlotQueue#holds] says in the transaction of its
    /// first write that the turn still stands: who has the pick has the work, whatever an older turn left in
    /// the row. What happened is written by the owner, under the lease; an exception means that the row could
    /// not be written, and the work comes again.
    ///
    /// @return false to let it wait for a slot again, because a stop was asked
    boolean run(Turn turn);

    /// The worker that had this turn is gone; the work will get another one. Nothing may happen if a later
    /// turn has begun.
    void lost(UUID id, long lease);

    /// What the owner thinks is running now. Whatever has lost its pick is told by [#lost] and put into the
    /// queue once more.
    default List<Hold> held() {
        return List.of();
    }

    /// Work that runs, as its owner has noted it.
    record Hold(UUID id, String pool, long lease) {}

    /// One start of a piece of work.
    ///
    /// @param id of what was put into the queue
    /// @param lease which pick of the scheduler this is: the fence of everything that is written
    /// @param stopping whether the node wants its slots back; read between two steps
    record Turn(UUID id, String pool, long lease, Device device, BooleanSupplier stopping) {}
}
