package dev.palimpsest.training;

/// A stop that was seen outside the step loop: in a collecting pass, an evaluation, an alignment.
final class StoppedException extends RuntimeException {

    StoppedException() {
        super("the run was asked to stop", null, false, false);
    }

    static void checkNot(StopRequest stop) {
        if (stop.now()) {
            throw new StoppedException();
        }
    }
}
