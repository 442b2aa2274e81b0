package dev.palimpsest.methods;

import java.util.List;
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
    /// A copy of the network is trained on a few kept images, see [Phase.Training].
    FEW_SHOT,
    EVALUATING,
    SAVING;

    /// Those of a method whose heads may be aligned.
    static List<RunPhase> aligned() {
        return List.of(PREPARING, TRAINING, COLLECTING, ALIGNING, EVALUATING, SAVING);
    }

    /// The word for it in answers and events.
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
