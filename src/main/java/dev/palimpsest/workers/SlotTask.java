package dev.palimpsest.workers;

import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.Execution;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import dev.palimpsest.jobs.Seat;
import java.time.Duration;
import java.util.Queue;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/// [SlotWork] as a task of a pool's scheduler, beside the jobs and in the same slots.
final class SlotTask {

    /// After a failure that the work itself could not write down, such as a database that does not answer.
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private final SlotWork work;
    private final SlotQueue queue;
    private final String pool;
    private final Queue<Seat> seats;
    private final StorageGate gate;
    private final BooleanSupplier databaseWasAway;
    private volatile boolean stopping;

    /// @param seats of the pool, shared with its other tasks
    /// @param databaseWasAway lately, so that missed heartbeats say nothing
    SlotTask(
            SlotWork work,
            SlotQueue queue,
            String pool,
            Queue<Seat> seats,
            StorageGate gate,
            BooleanSupplier databaseWasAway) {
        this.work = work;
        this.queue = queue;
        this.pool = pool;
        this.seats = seats;
        this.gate = gate;
        this.databaseWasAway = databaseWasAway;
    }

    Task<Void> task() {
        return Tasks.custom(SlotQueue.task(work.name(), pool))
                .onFailure(this::lost)
                .onDeadExecution(this::dead)
                .execute((_, context) -> execute(context.getExecution()));
    }

    /// Asks running work to give its slot back, and starts no other.
    void stop() {
        stopping = true;
    }

    private CompletionHandler<Void> execute(Execution execution) {
        Seat seat = seats.remove(); // there is one for each thread
        try {
            var turn = new SlotWork.Turn(id(execution), pool, execution.version, seat.device(), () -> stopping);
            if (!stopping && !gate.shut() && work.run(turn)) {
                queue.leave(work, turn);
            } else {
                queue.waitAgain(work, turn);
            }
            return SlotTask::settled;
        } finally {
            seats.add(seat);
        }
    }

    private void dead(ExecutionComplete complete, ExecutionOperations<Void> operations) {
        if (!databaseWasAway.getAsBoolean()) {
            lost(complete, operations);
        }
    }

    private void lost(ExecutionComplete complete, ExecutionOperations<Void> operations) {
        Execution execution = complete.getExecution();
        work.lost(id(execution), execution.version);
        operations.reschedule(complete, complete.getTimeDone().plus(PAUSE));
    }

    /// The entry has been settled under the lease, which the scheduler takes for a fault where another pick
    /// has followed.
    private static void settled(ExecutionComplete complete, ExecutionOperations<Void> operations) {}

    private static UUID id(Execution execution) {
        return UUID.fromString(execution.taskInstance.getId());
    }
}
