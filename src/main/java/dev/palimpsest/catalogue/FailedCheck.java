package dev.palimpsest.catalogue;

import dev.palimpsest.data.DatasetCheck;
import dev.palimpsest.files.InvalidArchiveException;
import dev.palimpsest.files.ReadInterruption;
import dev.palimpsest.settings.RequestRefusedException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a check that could not be finished says of its input.
final class FailedCheck {

    private static final Logger log = LoggerFactory.getLogger(FailedCheck.class);

    private FailedCheck() {}

    /// The one finding of a data set whose check failed, whatever failed.
    ///
    /// @throws CancellationException if the node is stopping: then the failure says nothing
    static DatasetFacts facts(Throwable failure, BooleanSupplier stop) {
        requireOwn(failure);
        if (stop.getAsBoolean()) {
            throw ended(failure);
        }
        return switch (failure) {
            case InvalidArchiveException _, RequestRefusedException _, UncheckedIOException _ ->
                unreadable("invalid_archive", sentence(failure.getMessage()));
            default -> {
                log.error("A check failed", failure);
                yield unreadable(
                        "check_failed",
                        "The check could not be finished (%s). Register the data set again to have it checked again."
                                .formatted(failure));
            }
        };
    }

    static DatasetFacts changed() {
        return unreadable("invalid_archive", "The content has changed since it was registered.");
    }

    /// Returns if it is a failure of the input itself.
    ///
    /// @throws CancellationException if somebody ended the check
    static void requireOwn(Throwable failure) {
        if (ReadInterruption.causes(failure)) {
            throw ended(failure);
        }
    }

    private static CancellationException ended(Throwable failure) {
        var ended = new CancellationException("the check was ended from outside");
        ended.initCause(failure);
        return ended;
    }

    private static DatasetFacts unreadable(String code, String why) {
        var check = new DatasetCheck.Check(code, DatasetCheck.Level.ERROR, 1, List.of(why));
        var none = new DatasetCheck.Range(0, 0);
        return new DatasetFacts(List.of(), new DatasetCheck.Report(0, List.of(), 0, 0, none, none, List.of(check)));
    }

    /// With a capital letter and a full stop.
    static String sentence(@Nullable String message) {
        String text = String.valueOf(message);
        return Character.toUpperCase(text.charAt(0)) + text.substring(1) + (text.endsWith(".") ? "" : ".");
    }
}
