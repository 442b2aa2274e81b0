package dev.palimpsest.training;

/// What is asked of a run, read between two steps.
@FunctionalInterface
public interface StopRequest {

    StopRequest NEVER = () -> Ask.GO_ON;

    enum Ask {
        GO_ON,
        /// Save and stop at the end of the epoch or task.
        STOP_AT_SAFE_POINT,
        /// Stop before the next step, without saving.
        STOP_NOW
    }

    Ask ask();

    default boolean now() {
        return ask() == Ask.STOP_NOW;
    }
}
