package dev.palimpsest.runs;

import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.workers.SlotQueue;
import dev.palimpsest.workers.SlotWork.Turn;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;

/// Moves operations under the lease of the turn that holds them, each in the transaction of the caller. What a worker
/// writes that no longer holds its operation is dropped.
final class HeldOperations<O extends Operation> {

    private final String work;
    private final Function<UUID, Optional<O>> locked;
    private final SlotQueue slots;
    private final Clock clock;
    private final Consumer<O> finished;

    /// @param work the scheduler's name
    /// @param locked finds a row and locks it
    /// @param finished hears of every operation that has come to its end
    HeldOperations(
            String work, Function<UUID, Optional<O>> locked, SlotQueue slots, Clock clock, Consumer<O> finished) {
        this.work = work;
        this.locked = locked;
        this.slots = slots;
        this.clock = clock;
        this.finished = finished;
    }

    /// The operation, if this turn still stands and something is left to do; it runs from here on. Whoever had it
    /// before is lost: the pick has gone to this turn.
    Optional<O> begin(Turn turn) {
        O row = locked.apply(turn.id()).orElse(null);
        if (row == null || !slots.holds(work, turn)) {
            return Optional.empty();
        }
        if (row.state() == OperationState.RUNNING) {
            lose(row);
        }
        return row.begin(turn.lease()) ? Optional.of(row) : Optional.empty();
    }

    void waitAgain(Turn turn) {
        held(turn.id(), turn.lease()).ifPresent(Operation::waitAgain);
    }

    /// Writes that it has succeeded.
    ///
    /// @return whether the turn still held it
    boolean succeed(Turn turn, Consumer<O> how) {
        Optional<O> row = held(turn.id(), turn.lease());
        row.ifPresent(how.andThen(finished));
        return row.isPresent();
    }

    /// @param detail one sentence for a person
    void fail(Turn turn, StatusReason reason, String detail) {
        held(turn.id(), turn.lease()).ifPresent(row -> {
            row.fail(reason, detail, clock.instant());
            finished.accept(row);
        });
    }

    void lose(UUID id, long lease) {
        held(id, lease).ifPresent(this::lose);
    }

    private void lose(O row) {
        row.lose(clock.instant());
        if (row.finishedAt().isPresent()) {
            finished.accept(row);
        }
    }

    private Optional<O> held(UUID id, long lease) {
        return locked.apply(id).filter(row -> row.heldBy(lease));
    }
}
