package dev.palimpsest.jobs;

import org.jspecify.annotations.Nullable;

/// What went wrong as one line for a person: it stands in answers, events and columns.
public final class FailureText {

    /// Characters that are kept: a message may quote what a file says.
    private static final int LONGEST = 1000;

    private FailureText() {}

    /// One line that a column can hold.
    public static String oneLine(@Nullable String message) {
        String line =
                String.valueOf(message).replaceAll("[\\p{Cntrl}\\p{Cs}]+", " ").strip();
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST - 1) + "…";
    }

    /// What nobody foresaw, in the exception's own words.
    ///
    /// @param what it happened to, as `attempt`
    public static String unexpected(String what, Throwable failure) {
        String kind = failure.getClass().getSimpleName();
        String message = failure.getMessage();
        String said = message == null || message.isBlank() ? "." : ": " + message;
        return oneLine("The %s failed unexpectedly (%s)%s".formatted(what, kind, said));
    }
}
