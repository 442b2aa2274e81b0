package dev.palimpsest.jobs;

/// How an attempt ended, as its handler sees it.
public sealed interface AttemptEnd {

    /// The last step is done and saved.
    record Finished() implements AttemptEnd {}

    /// The attempt did what [JobContext#stop()] asked. At a safe point it has saved before.
    record Stopped() implements AttemptEnd {}

    /// The attempt cannot go on.
    ///
    /// @param message one sentence for a person
    record Failed(StatusReason reason, String message) implements AttemptEnd {

        public Failed {
            message = FailureText.oneLine(message);
        }
    }
}
