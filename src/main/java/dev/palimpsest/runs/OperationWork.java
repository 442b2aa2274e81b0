package dev.palimpsest.runs;

import dev.palimpsest.files.ReadInterruption;
import dev.palimpsest.jobs.FailureText;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.postgres.DatabaseTrouble;
import dev.palimpsest.torch.TorchRuntime;
import dev.palimpsest.workers.PatientWrite;
import dev.palimpsest.workers.SlotWork;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;

/// An operation on a slot: begun and ended under its lease, given back when a stop is asked, failures as reasons.
abstract class OperationWork<O extends Operation, R> implements SlotWork {

    private static final Logger log = LoggerFactory.getLogger(OperationWork.class);

    private final String name;
    private final Operations<O> operations;
    private final ObjectProvider<TorchRuntime> runtime;

    OperationWork(String name, Operations<O> operations, ObjectProvider<TorchRuntime> runtime) {
        this.name = name;
        this.operations = operations;
        this.runtime = runtime;
    }

    /// Carries it out.
    ///
    /// @return empty if a stop was asked
    abstract Optional<R> result(O asked, Turn turn) throws IOException;

    abstract void succeed(Turn turn, R result);

    /// On the wire.
    abstract String id(UUID id);

    @Override
    public String name() {
        return name;
    }

    @Override
    public void lost(UUID id, long lease) {
        operations.lose(id, lease);
    }

    @Override
    public List<Hold> held() {
        return operations.held();
    }

    @Override
    public boolean run(Turn turn) {
        O asked = operations.begin(turn).orElse(null);
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
                log.warn("The {} {} waits again", asked.word(), id(turn.id()), failure);
                return later(turn);
            }
            log.warn("The {} {} failed", asked.word(), id(turn.id()), failure);
            write(turn, () -> fail(asked, turn, failure));
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
        write(turn, () -> operations.waitAgain(turn));
        return false;
    }

    private void fail(O asked, Turn turn, Throwable failure) {
        StatusReason foreseen = FailureReasons.of(failure).orElse(null);
        if (foreseen == null) {
            operations.fail(turn, StatusReason.INTERNAL_ERROR, FailureText.unexpected(asked.word(), failure));
        } else {
            operations.fail(turn, foreseen, FailureReasons.detail(failure));
        }
    }
}
