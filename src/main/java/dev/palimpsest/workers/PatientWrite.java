package dev.palimpsest.workers;

import dev.palimpsest.postgres.DatabaseTrouble;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// Repeats a transaction until the database takes it: what a worker has reached is not to be lost because the
/// database was away for a while.
public final class PatientWrite {

    private static final Duration PAUSE = Duration.ofSeconds(1);

    private PatientWrite() {}

    /// For writes that change nothing the second time, because a fence lets only the first through.
    ///
    /// @param giveUp read after each failure; the failure is thrown if it answers true
    public static <T> T untilTaken(Supplier<T> transaction, BooleanSupplier giveUp) {
        return repeat(transaction, failure -> DatabaseTrouble.of(failure).isPresent(), giveUp);
    }

    static <T> T repeat(Supplier<T> transaction, Predicate<RuntimeException> again, BooleanSupplier giveUp) {
        while (true) {
            try {
                return transaction.get();
            } catch (RuntimeException failure) {
                if (!again.test(failure) || giveUp.getAsBoolean()) {
                    throw failure;
                }
                rest(failure);
            }
        }
    }

    private static void rest(RuntimeException failure) {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw failure;
        }
    }
}
