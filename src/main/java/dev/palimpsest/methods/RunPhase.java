package dev.palimpsest.methods;

import java.util.Locale;

/// What a run is doing: the catalogue announces it for each method, the trainer says when it begins.
public enum RunPhase {
    /// The pictures of a task are opened and decoded, and the model is made ready for it.
    PREPARING,
    TRAINING,
    /// Features are taken for statistics, importance or means.
    COLLECTING,
    /// The heads are trained again, see [Phase].
    ALIGNING,
    EVALUATING,
    SAVING;

    /// The word for it in answers and events.
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
