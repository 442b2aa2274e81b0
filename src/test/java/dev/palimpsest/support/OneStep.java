package dev.palimpsest.support;

import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.StepTally;
import dev.palimpsest.model.TrainingSession;

/// A single step of a session, where a test looks at each.
public final class OneStep {

    private OneStep() {}

    public static StepTally of(
            TrainingSession session, int position, int count, long seed, StepRates rates, boolean collect) {
        return session.steps(position, count, position + count, new long[] {seed}, rates, collect)
                .getFirst();
    }
}
