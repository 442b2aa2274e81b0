package dev.palimpsest.runs;

import dev.palimpsest.files.ReadInterruption;
import dev.palimpsest.jobs.FailureText;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.postgres.DatabaseTrouble;
import dev.palimpsest.torch.TorchRuntime;
import dev.palimpsest.workers.PatientWrite;
import dev.palimpsest.workers.SlotWork;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;

/// An operation on a slot: begun and ended under its lease, given back when a stop is asked, failures as reasons.
abstract class OperationWork<O extends Operation, R> implements SlotWork {

    private static final Logger log = LoggerFactory.getLogger(OperationWork.class);

    private final ObjectProvider<TorchRuntime> runtime;

    OperationWork(ObjectProvider<TorchRuntime> runtime) {
        this.runtime = runtime;
    }

    /// The operation, if this turn still stands and something is left to do.
    abstract Optional<O> begin(Turn turn);

    /// Carries it out.
    ///
    /// @return empty if a stop was asked
    abstract Optional<R> result(O asked, Turn turn) throws IOException;

    abstract void succeed(Turn turn, R result);

    /// @param detail one sentence for a person
    abstract void fail(Turn turn, StatusReason reason, String detail);

    abstract void waitAgain(Turn turn);

    /// In messages.
    abstract String word();

    /// On the wire.
    abstract String id(UUID id);

    @Override
    public boolean run(Turn turn) {
        O asked = begin(turn).orElse(null);
        if (asked == null) {
            return true;
        }
        Optional<R> result;
        try {
            runtime.getObject().prepare();
            result = result(asked, turn);
        } catch (Exception | Error failure) {
            if (ReadInterruption.causes(failure)) {
                return later(turn);
            }
            if (DatabaseTrouble.of(failure).isPresent()) {
                log.warn("The {} {} waits again", word(), id(turn.id()), failure);
                return later(turn);
            }
            log.warn("The {} {} failed", word(), id(turn.id()), failure);
            write(turn, () -> fail(turn, failure));
            return true;
        }
        if (result.isEmpty()) {
            return later(turn);
        }
        write(turn, () -> succeed(turn, result.get()));
        return true;
    }

    private static void write(Turn turn, Runnable transaction) {
        PatientWrite.untilTaken(
                () -> {
                    transaction.run();
                    return true;
                },
                turn.stopping());
    }

    private boolean later(Turn turn) {
        Thread.interrupted(); // the flag would break the write
        write(turn, () -> waitAgain(turn));
        return false;
    }

    private void fail(Turn turn, Throwable failure) {
        StatusReason foreseen = FailureReasons.of(failure).orElse(null);
        if (foreseen == null) {
            fail(turn, StatusReason.INTERNAL_ERROR, FailureText.unexpected(word(), failure));
        } else {
            fail(turn, foreseen, FailureReasons.detail(failure));
        }
    }
}
