package dev.palimpsest.training;

import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.methods.Phase;

/// Phases for an engine that draws nothing.
final class ScriptedPhases {

    private ScriptedPhases() {}

    @SuppressWarnings("NullAway") // statistics without a runtime: nobody asks them
    static Phase epochs(int epochs) {
        return new Phase.Alignment(
                new ClassStatistics(null, ClassStatistics.Kind.CENTROIDS, 1), epochs, 0.1, 0.9, 4, 2);
    }
}
