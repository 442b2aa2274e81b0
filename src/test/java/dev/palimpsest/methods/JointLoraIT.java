package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.metrics.Measure;
import dev.palimpsest.model.Site;
import dev.palimpsest.support.InMemoryCheckpointStore;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.training.StepRecord;
import dev.palimpsest.training.TrainingEvent;
import dev.palimpsest.training.TrainingOutcome;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// One adapter on all tasks at once.
class JointLoraIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return new JointLora.Settings(new AdapterChoice(EnumSet.allOf(Site.class), null, 2, null));
    }

    /// Six classes at once take longer than two.
    @Override
    int epochs() {
        return 40;
    }

    /// Of six classes, where guessing gives a sixth.
    @Override
    double known() {
        return 0.3;
    }

    @Override
    boolean keepsSomething() {
        return false;
    }

    @Override
    int adaptersAfter(int tasks) {
        return tasks == SmallRun.TASKS ? 1 : 0;
    }

    @Test
    void theLastTaskTrainsOnTheImagesOfAllAndIsMeasuredOnAll() {
        try (SmallRun run = new SmallRun(SmallRun.Options.of(settings()))) {
            assertThat(run.run(null)).isEqualTo(new TrainingOutcome.Completed());

            int images =
                    run.tasks().stream().mapToInt(task -> task.train().length).sum();
            List<TrainingEvent.EpochCompleted> epochs = run.events(TrainingEvent.EpochCompleted.class);
            assertThat(epochs).hasSize(SmallRun.EPOCHS).allSatisfy(epoch -> {
                assertThat(epoch.task()).isEqualTo(SmallRun.TASKS - 1);
                assertThat(epoch.steps().stream().mapToInt(StepRecord::images).sum())
                        .isEqualTo(images);
            });
            assertThat(epochs.getLast().share()).isEqualTo(1);
            assertThat(run.events(TrainingEvent.Evaluated.class))
                    .singleElement()
                    .satisfies(row -> {
                        assertThat(row.task()).isEqualTo(SmallRun.TASKS - 1);
                        assertThat(row.row().correct().get(Measure.TOP1)).hasSize(SmallRun.TASKS);
                    });
        }
    }

    @Test
    void beforeTheLastTaskNothingIsLearnedAndARunGoesOnFromThere() {
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        try (SmallRun whole = new SmallRun(SmallRun.Options.of(settings()), store, 1);
                SmallRun resumed = new SmallRun(SmallRun.Options.of(settings()), store, 2)) {
            whole.run(null);

            assertThat(whole.events(TrainingEvent.TaskCompleted.class))
                    .extracting(TrainingEvent.TaskCompleted::trainableParameters)
                    .startsWith(0L, 0L)
                    .last()
                    .satisfies(last -> assertThat(last).isPositive());
            assertThat(store.list("job").stream()
                            .map(store::open)
                            .filter(one -> one.manifest().epoch() == null)
                            .map(one -> Objects.requireNonNull(one.manifest().model())
                                    .inference())
                            .map(Objects::nonNull))
                    .as("whether a checkpoint is a finished model")
                    .containsExactly(false, false, true);
            resumed.run(store.open(store.list("job").get(1)));
            assertThat(resumed.digests()).isEqualTo(whole.digests());
            assertThat(resumed.events(TrainingEvent.EpochCompleted.class)
                            .getLast()
                            .share())
                    .isEqualTo(1);
        }
    }
}
