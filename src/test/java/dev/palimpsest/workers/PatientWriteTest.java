package dev.palimpsest.workers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.CannotCreateTransactionException;

/// A write waits for the database, and for nothing else.
class PatientWriteTest {

    private final AtomicInteger asked = new AtomicInteger();

    private int failing(int times, RuntimeException failure) {
        if (asked.getAndIncrement() < times) {
            throw failure;
        }
        return asked.get();
    }

    @Test
    void theDatabaseMayComeBack() {
        var away = new CannotCreateTransactionException("by the test");

        assertThat(PatientWrite.untilTaken(() -> failing(2, away), () -> false)).isEqualTo(3);
    }

    @Test
    void whoeverGivesUpGetsTheFailure() {
        var away = new CannotCreateTransactionException("by the test");

        assertThatThrownBy(() -> PatientWrite.untilTaken(() -> failing(9, away), () -> asked.get() == 2))
                .isSameAs(away);
    }

    @Test
    void whatTheDatabaseIsNotToBlameForIsThrownAtOnce() {
        var own = new IllegalStateException("by the test");

        assertThatThrownBy(() -> PatientWrite.untilTaken(() -> failing(9, own), () -> false))
                .isSameAs(own);
        assertThat(asked).hasValue(1);
    }
}
