package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.methods.OptimizerSettings;
import dev.palimpsest.methods.Phase;
import dev.palimpsest.methods.RunPhase;
import dev.palimpsest.methods.Schedule;
import dev.palimpsest.methods.TaskRecipe;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.support.InMemoryCheckpointStore;
import dev.palimpsest.training.TrainingEvent.EpochCompleted;
import dev.palimpsest.training.TrainingEvent.Evaluated;
import dev.palimpsest.training.TrainingEvent.PhaseEpochCompleted;
import dev.palimpsest.training.TrainingEvent.PhaseStarted;
import dev.palimpsest.training.TrainingEvent.TaskCompleted;
import dev.palimpsest.training.TrainingEvent.TaskStarted;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The loop alone, on an engine without tensors.
class TrainerTest {

    private static final int STEPS = 3; // five images in batches of two, the last one smaller

    @Test
    void eachTaskIsOpenedTrainedMeasuredAndSaved() {
        ScriptedEngine engine = new ScriptedEngine();
        ScriptedRun run = ScriptedRun.of(1);

        assertThat(run.run(engine, StopRequest.NEVER)).isEqualTo(new TrainingOutcome.Completed());

        assertThat(engine.calls().subList(0, 9))
                .containsExactly("open 0", "begin", "order", "step", "step", "step", "finish", "evaluate 1", "save 1");
        assertThat(engine.calls())
                .filteredOn(call -> call.startsWith("evaluate"))
                .containsExactly("evaluate 1", "evaluate 2", "evaluate 3");
    }

    @Test
    void theListenerHearsTheWholeStoryInOrder() {
        ScriptedRun run = ScriptedRun.of(2);

        run.run(new ScriptedEngine(), StopRequest.NEVER);

        assertThat(run.events().stream().limit(10).map(event -> event.getClass().getSimpleName()))
                .containsExactly(
                        "TaskStarted",
                        "PhaseStarted",
                        "PhaseStarted",
                        "EpochCompleted",
                        "EpochCompleted",
                        "PhaseStarted",
                        "PhaseStarted",
                        "Evaluated",
                        "TaskCompleted",
                        "PhaseStarted");
        assertThat(run.events(PhaseStarted.class).stream().limit(5).map(PhaseStarted::phase))
                .containsExactly(
                        RunPhase.PREPARING,
                        RunPhase.TRAINING,
                        RunPhase.COLLECTING,
                        RunPhase.EVALUATING,
                        RunPhase.SAVING);
        assertThat(run.events(TaskStarted.class))
                .containsExactly(
                        new TaskStarted(0, ScriptedRun.IMAGES),
                        new TaskStarted(1, ScriptedRun.IMAGES),
                        new TaskStarted(2, ScriptedRun.IMAGES));
        assertThat(run.events(TaskCompleted.class)).allSatisfy(done -> {
            assertThat(done.trainableParameters()).isEqualTo(100);
            assertThat(done.addedParameters()).isEqualTo(7);
            assertThat(done.numbers()).isEqualTo(Map.of("frozen_sites", 2.0));
        });
    }

    @Test
    void theRateOfTheFirstTaskReplacesThatOfTheHeadsOnlyWhereTheyHaveNone() {
        assertThat(firstTaskRates(null)).isEqualTo(new StepRates(0.3, 0.3, 0.3));
        assertThat(firstTaskRates(0.02)).isEqualTo(new StepRates(0.3, 0.3, 0.02));
    }

    private static StepRates firstTaskRates(@Nullable Double headRate) {
        OptimizerSettings adam = new OptimizerSettings.Adam(0.1, headRate, 0, 0.9, 0.999, 1e-8);
        TrainingSettings training = new TrainingSettings(1, ScriptedRun.BATCH, adam, new Schedule.Constant(), null);
        ScriptedMethod method = new ScriptedMethod(
                ScriptedMethod.ADAPTER, new TaskRecipe.Rates(0.3, 1), new TaskRecipe.Rates(null, 1), List.of());
        ScriptedEngine engine = new ScriptedEngine();
        new ScriptedRun(training, TrainingPlan.EvaluateAfter.EVERY_TASK, 0)
                .run(engine, method, new InMemoryCheckpointStore(), 1, null, StopRequest.NEVER, null);
        return engine.rates().getFirst();
    }

    @Test
    void stepsCountOverTheWholeRunAndTheShareReachesOne() {
        ScriptedRun run = ScriptedRun.of(2);

        run.run(new ScriptedEngine(), StopRequest.NEVER);

        List<EpochCompleted> epochs = run.events(EpochCompleted.class);
        assertThat(epochs).hasSize(2 * ScriptedRun.TASKS);
        assertThat(epochs.stream().flatMap(epoch -> epoch.steps().stream()).map(StepRecord::step))
                .containsExactlyElementsOf(java.util.stream.LongStream.range(0, 2L * STEPS * ScriptedRun.TASKS)
                        .boxed()
                        .toList());
        assertThat(epochs.getFirst().steps()).extracting(StepRecord::images).containsExactly(2, 2, 1);
        assertThat(epochs.getLast().share()).isEqualTo(1.0);
    }

    @Test
    void anEpochTellsTheRateHoweverFastItWas() {
        ScriptedRun run = ScriptedRun.of(10);

        run.run(new ScriptedEngine(), StopRequest.NEVER);

        List<EpochCompleted> epochs = run.events(EpochCompleted.class);
        assertThat(epochs.getFirst().imagesPerSecond()).isNull();
        assertThat(epochs.getLast().imagesPerSecond()).isPositive();
    }

    @Test
    void stepsOfOneCallMakeTheSameRun() {
        for (int failing : List.of(Integer.MAX_VALUE, STEPS + 2)) {
            ScriptedEngine one = new ScriptedEngine(failing);
            ScriptedEngine several = new ScriptedEngine(failing, 2);
            ScriptedRun first = ScriptedRun.of(2);
            ScriptedRun second = ScriptedRun.of(2);

            TrainingOutcome outcome = first.run(one, StopRequest.NEVER);

            assertThat(second.run(several, StopRequest.NEVER)).isEqualTo(outcome);
            assertThat(second.events(EpochCompleted.class).stream().map(EpochCompleted::steps))
                    .containsExactlyElementsOf(first.events(EpochCompleted.class).stream()
                            .map(EpochCompleted::steps)
                            .toList());
            if (failing == Integer.MAX_VALUE) {
                assertThat(several.model()).isEqualTo(one.model());
            }
        }
    }

    @Test
    void aLossThatIsNotFiniteEndsTheRunAndKeepsTheLastCheckpoint() {
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        ScriptedEngine engine = new ScriptedEngine(STEPS + 2);

        TrainingOutcome outcome =
                ScriptedRun.of(1).run(engine, ScriptedMethod.plain(), store, 1, null, StopRequest.NEVER, null);

        assertThat(outcome)
                .isEqualTo(new TrainingOutcome.Diverged("The loss of task 2, epoch 1, step 2 is not finite."));
        assertThat(newest(store).manifest().task()).isEqualTo(1);
    }

    @Test
    void anAlignmentIsMeasuredBeforeAndAfter() {
        // nothing here draws from statistics, so there are none
        ScriptedEngine engine = new ScriptedEngine();
        ScriptedRun run = ScriptedRun.of(1);
        TaskRecipe.Rates plain = new TaskRecipe.Rates(null, 1);
        ScriptedMethod method =
                new ScriptedMethod(ScriptedMethod.ADAPTER, plain, plain, List.of(ScriptedPhases.epochs(2)));

        run.run(engine, method, new InMemoryCheckpointStore(), 1, null, StopRequest.NEVER, null);

        assertThat(run.events(Evaluated.class))
                .extracting(event -> event.task() + " " + event.stage())
                .containsExactly(
                        "0 " + Stage.FINAL,
                        "1 " + Stage.BEFORE_ALIGNMENT,
                        "1 " + Stage.FINAL,
                        "2 " + Stage.BEFORE_ALIGNMENT,
                        "2 " + Stage.FINAL);
        assertThat(run.events(PhaseEpochCompleted.class))
                .extracting(PhaseEpochCompleted::loss)
                .containsExactly(0.375, 0.375, 0.375, 0.375);
    }

    @Test
    void aMethodHearsOfEachPhaseThatHasRun() {
        TaskRecipe.Rates plain = new TaskRecipe.Rates(null, 1);
        Phase one = ScriptedPhases.epochs(1);
        Phase two = ScriptedPhases.epochs(2);
        ScriptedMethod method = new ScriptedMethod(ScriptedMethod.ADAPTER, plain, plain, List.of(one, two));

        ScriptedRun.of(1)
                .run(new ScriptedEngine(), method, new InMemoryCheckpointStore(), 1, null, StopRequest.NEVER, null);

        assertThat(method.done()).containsExactly(one, two, one, two);
    }

    @Test
    void imagesKeptAwayFromTrainingAreMeasuredToo() {
        TrainingSettings training =
                new TrainingSettings(1, 2, new OptimizerSettings.Sgd(0.1, null, 0, 0.9), new Schedule.Constant(), null);
        ScriptedRun run = new ScriptedRun(training, TrainingPlan.EvaluateAfter.LAST_TASK, 4);

        run.run(new ScriptedEngine(), StopRequest.NEVER);

        assertThat(run.events(Evaluated.class))
                .extracting(event -> event.task() + " " + event.data())
                .containsExactly("2 " + EvaluationData.TEST, "2 " + EvaluationData.VALIDATION);
    }

    @Test
    void aMethodThatTrainsNothingTakesNoStep() {
        ScriptedEngine engine = new ScriptedEngine();
        TaskRecipe.Rates plain = new TaskRecipe.Rates(null, 1);

        ScriptedRun.of(1)
                .run(
                        engine,
                        new ScriptedMethod(Set.of(), plain, plain, List.of()),
                        new InMemoryCheckpointStore(),
                        1,
                        null,
                        StopRequest.NEVER,
                        null);

        assertThat(engine.rates()).isEmpty();
    }

    @Test
    void whatAListenerThrowsEndsTheRun() {
        ScriptedEngine engine = new ScriptedEngine();
        IllegalStateException lost = new IllegalStateException("the lease is gone");

        assertThatThrownBy(() -> ScriptedRun.of(1).run(engine, () -> {
                    if (engine.rates().size() == 1) {
                        throw lost;
                    }
                    return StopRequest.Ask.GO_ON;
                }))
                .isSameAs(lost);
    }

    private static StoredCheckpoint newest(InMemoryCheckpointStore store) {
        return store.open(store.list("job").getLast());
    }
}
