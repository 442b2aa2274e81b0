package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.support.InMemoryCheckpointStore;
import dev.palimpsest.training.TrainingEvent.CheckpointSaved;
import dev.palimpsest.training.TrainingEvent.EpochCompleted;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Stops, checkpoints and runs that go on, on an engine without tensors.
class ResumedRunTest {

    private static final int STEPS = 3; // five images in batches of two, the last one smaller

    @Test
    void aStopIsSeenBeforeTheNextStepAndNothingIsSaved() {
        ScriptedEngine engine = new ScriptedEngine();
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        StopRequest afterTwoSteps = () -> engine.rates().size() < 2 ? StopRequest.Ask.GO_ON : StopRequest.Ask.STOP_NOW;

        TrainingOutcome outcome =
                ScriptedRun.of(1).run(engine, ScriptedMethod.plain(), store, 1, null, afterTwoSteps, null);

        assertThat(outcome).isEqualTo(new TrainingOutcome.Stopped(false));
        assertThat(engine.rates()).hasSize(2);
        assertThat(store.list("job")).isEmpty();
    }

    @Test
    void aPauseIsSavedAtTheEndOfTheEpoch() {
        ScriptedEngine engine = new ScriptedEngine();
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        StopRequest afterOneStep =
                () -> engine.rates().isEmpty() ? StopRequest.Ask.GO_ON : StopRequest.Ask.STOP_AT_SAFE_POINT;
        ScriptedRun run = ScriptedRun.of(2);

        TrainingOutcome outcome = run.run(engine, ScriptedMethod.plain(), store, 1, null, afterOneStep, null);

        assertThat(outcome).isEqualTo(new TrainingOutcome.Stopped(true));
        assertThat(engine.rates()).hasSize(STEPS);
        CheckpointManifest manifest = newest(store).manifest();
        assertThat(manifest.kind()).isEqualTo(CheckpointManifest.Kind.IN_TASK);
        assertThat(manifest.task()).isEqualTo(1);
        assertThat(manifest.epoch()).isEqualTo(1);
        assertThat(manifest.step()).isEqualTo(STEPS);
    }

    @Test
    void aRunThatGoesOnIsTheRunThatNeverStopped() {
        ScriptedEngine unbroken = new ScriptedEngine();
        ScriptedRun.of(2).run(unbroken, StopRequest.NEVER);

        for (int stopAfter = 1; stopAfter < 2 * STEPS * ScriptedRun.TASKS; stopAfter++) {
            InMemoryCheckpointStore store = new InMemoryCheckpointStore();
            ScriptedEngine first = new ScriptedEngine();
            int steps = stopAfter;
            ScriptedRun.of(2)
                    .run(
                            first,
                            ScriptedMethod.plain(),
                            store,
                            1,
                            1,
                            () -> first.rates().size() < steps ? StopRequest.Ask.GO_ON : StopRequest.Ask.STOP_NOW,
                            null);
            ScriptedEngine second = new ScriptedEngine();
            ScriptedRun rest = ScriptedRun.of(2);

            TrainingOutcome outcome =
                    rest.run(second, ScriptedMethod.plain(), store, 2, 1, StopRequest.NEVER, newestOrNull(store));

            assertThat(outcome).isEqualTo(new TrainingOutcome.Completed());
            assertThat(second.model()).as("stopped after %d steps", stopAfter).isEqualTo(unbroken.model());
            assertThat(rest.events(EpochCompleted.class).getLast().share()).isEqualTo(1.0);
        }
    }

    @Test
    void rowsMeasuredBeforeAStopAreInTheNextManifest() {
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        ScriptedEngine first = new ScriptedEngine();
        StopRequest inTheSecondTask =
                () -> first.rates().size() <= STEPS ? StopRequest.Ask.GO_ON : StopRequest.Ask.STOP_NOW;
        ScriptedRun.of(1).run(first, ScriptedMethod.plain(), store, 1, null, inTheSecondTask, null);

        ScriptedRun.of(1)
                .run(new ScriptedEngine(), ScriptedMethod.plain(), store, 2, null, StopRequest.NEVER, newest(store));

        assertThat(newest(store).manifest().counts())
                .extracting(row -> row.afterTask() + ": " + row.correct().size())
                .containsExactly("1: 1", "2: 2", "3: 3");
    }

    @Test
    void aTaskKnowsWhetherItGoesOnFromInside() {
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        ScriptedEngine first = new ScriptedEngine();
        ScriptedMethod fresh = ScriptedMethod.plain();
        int inTheSecondTask = 2 * STEPS + STEPS + 1;
        StopRequest stop =
                () -> first.rates().size() < inTheSecondTask ? StopRequest.Ask.GO_ON : StopRequest.Ask.STOP_NOW;
        ScriptedRun.of(2).run(first, fresh, store, 1, 1, stop, null);
        ScriptedMethod resumed = ScriptedMethod.plain();

        ScriptedRun.of(2).run(new ScriptedEngine(), resumed, store, 2, 1, StopRequest.NEVER, newest(store));

        assertThat(fresh.resumed()).containsExactly(false, false);
        assertThat(resumed.resumed()).containsExactly(true, false);
    }

    @Test
    void checkpointsInsideATaskComeAsOftenAsAsked() {
        ScriptedRun run = ScriptedRun.of(5);
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();

        run.run(new ScriptedEngine(), ScriptedMethod.plain(), store, 1, 2, StopRequest.NEVER, null);

        List<@Nullable Integer> epochs = new ArrayList<>();
        run.events(CheckpointSaved.class).stream().limit(3).forEach(saved -> epochs.add(saved.epoch()));
        assertThat(epochs).containsExactly(1, 3, null);
    }

    private static StoredCheckpoint newest(InMemoryCheckpointStore store) {
        StoredCheckpoint found = newestOrNull(store);
        if (found == null) {
            throw new AssertionError("no checkpoint");
        }
        return found;
    }

    private static @Nullable StoredCheckpoint newestOrNull(InMemoryCheckpointStore store) {
        List<CheckpointKey> keys = store.list("job");
        return keys.isEmpty() ? null : store.open(keys.getLast());
    }
}
