package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.methods.OptimizerSettings;
import dev.palimpsest.methods.Phase;
import dev.palimpsest.methods.Schedule;
import dev.palimpsest.methods.TaskRecipe;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.support.InMemoryCheckpointStore;
import dev.palimpsest.training.ScriptedEngine.PhaseEpoch;
import dev.palimpsest.training.ScriptedEngine.Step;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What an epoch asks of the engine: images, seeds, rates and importance, over a run of three tasks.
class EpochLoopTest {

    private static final int EPOCHS = 3;
    private static final int IMAGES = 40; // enough that no two drawn orders are the same by chance
    private static final int BATCH = 12;
    private static final int STEPS = 4; // the last one of 4 images
    private static final TaskRecipe.Rates PLAIN = new TaskRecipe.Rates(null, 1);

    @Test
    void everyEpochOfEveryTaskHasAnOrderOfItsOwn() {
        List<List<Integer>> orders =
                run(ScriptedMethod.plain(), new ScriptedEngine()).orders();

        List<Integer> unshuffled = IntStream.range(0, IMAGES).boxed().toList();
        assertThat(orders).hasSize(EPOCHS * ScriptedRun.TASKS).doesNotHaveDuplicates();
        assertThat(orders)
                .doesNotContain(unshuffled)
                .allSatisfy(order -> assertThat(order).containsExactlyInAnyOrderElementsOf(unshuffled));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void everyStepOfTheRunHasASeedOfItsOwn(int atOnce) {
        ScriptedEngine engine = run(ScriptedMethod.plain(), new ScriptedEngine(Integer.MAX_VALUE, atOnce));

        assertThat(engine.taken())
                .hasSize(STEPS * EPOCHS * ScriptedRun.TASKS)
                .extracting(Step::seed)
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void theStepsOfAnEpochTakeEveryImageOnce(int atOnce) {
        ScriptedEngine engine = run(ScriptedMethod.plain(), new ScriptedEngine(Integer.MAX_VALUE, atOnce));

        List<String> epoch = List.of("0 + 12", "12 + 12", "24 + 12", "36 + 4");
        assertThat(engine.taken().stream().map(step -> step.position() + " + " + step.count()))
                .containsExactlyElementsOf(Stream.generate(() -> epoch)
                        .limit((long) EPOCHS * ScriptedRun.TASKS)
                        .flatMap(List::stream)
                        .toList());
    }

    @Test
    void eachGroupHasItsRateInEveryEpoch() {
        OptimizerSettings adam = new OptimizerSettings.Adam(0.1, 0.4, 0, 0.9, 0.999, 1e-8);
        TaskRecipe.Rates slowPast = new TaskRecipe.Rates(null, 0.25);

        List<StepRates> rates = rates(adam, slowPast, slowPast);

        List<StepRates> task = List.of(
                new StepRates(0.1, 0.025, 0.4), new StepRates(0.05, 0.0125, 0.2), new StepRates(0.05, 0.0125, 0.2));
        assertThat(rates).containsExactlyElementsOf(eachTask(List.of(task, task, task)));
    }

    @Test
    void headsWithoutARateOfTheirOwnHaveThatOfTheAdapters() {
        OptimizerSettings adam = new OptimizerSettings.Adam(0.1, null, 0, 0.9, 0.999, 1e-8);

        List<StepRates> rates = rates(adam, PLAIN, PLAIN);

        List<StepRates> task = Stream.of(0.1, 0.05, 0.05)
                .map(rate -> new StepRates(rate, rate, rate))
                .toList();
        assertThat(rates).containsExactlyElementsOf(eachTask(List.of(task, task, task)));
    }

    @Test
    void theRateOfARecipeHoldsInItsTaskOnly() {
        OptimizerSettings adam = new OptimizerSettings.Adam(0.1, null, 0, 0.9, 0.999, 1e-8);

        List<StepRates> rates = rates(adam, new TaskRecipe.Rates(0.8, 0.5), PLAIN);

        List<StepRates> first =
                List.of(new StepRates(0.8, 0.4, 0.8), new StepRates(0.4, 0.2, 0.4), new StepRates(0.4, 0.2, 0.4));
        List<StepRates> later = Stream.of(0.1, 0.05, 0.05)
                .map(rate -> new StepRates(rate, rate, rate))
                .toList();
        assertThat(rates).containsExactlyElementsOf(eachTask(List.of(first, later, later)));
    }

    @Test
    void headsWithARateOfTheirOwnKeepItWhereARecipeHasAnother() {
        OptimizerSettings adam = new OptimizerSettings.Adam(0.1, 0.4, 0, 0.9, 0.999, 1e-8);

        List<StepRates> rates = rates(adam, new TaskRecipe.Rates(0.8, 1), PLAIN);

        List<StepRates> first =
                List.of(new StepRates(0.8, 0.8, 0.4), new StepRates(0.4, 0.4, 0.2), new StepRates(0.4, 0.4, 0.2));
        List<StepRates> later =
                List.of(new StepRates(0.1, 0.1, 0.4), new StepRates(0.05, 0.05, 0.2), new StepRates(0.05, 0.05, 0.2));
        assertThat(rates).containsExactlyElementsOf(eachTask(List.of(first, later, later)));
    }

    /// Rates of all epochs under a schedule that halves at epoch 1.
    private static List<StepRates> rates(OptimizerSettings optimizer, TaskRecipe.Rates first, TaskRecipe.Rates later) {
        ScriptedEngine engine = new ScriptedEngine();
        ScriptedMethod method = new ScriptedMethod(ScriptedMethod.ADAPTER, first, later, List.of());
        TrainingSettings training =
                new TrainingSettings(EPOCHS, BATCH, optimizer, new Schedule.Step(List.of(1), 0.5), null);
        run(training, method, engine);
        return engine.rates();
    }

    private static List<StepRates> eachTask(List<List<StepRates>> tasks) {
        return tasks.stream()
                .flatMap(List::stream)
                .flatMap(epoch -> Stream.generate(() -> epoch).limit(STEPS))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, STEPS - 1, STEPS, STEPS + 1, 2 * STEPS + 3, STEPS * EPOCHS, Integer.MAX_VALUE})
    void importanceIsCollectedInExactlyTheLastSteps(int lastSteps) {
        for (int atOnce : List.of(1, 3)) {
            ScriptedEngine engine =
                    run(ScriptedMethod.collecting(lastSteps), new ScriptedEngine(Integer.MAX_VALUE, atOnce));

            List<Boolean> task = IntStream.range(0, STEPS * EPOCHS)
                    .mapToObj(i -> STEPS * EPOCHS - i <= lastSteps)
                    .toList();
            assertThat(engine.taken())
                    .as("%d steps by one call", atOnce)
                    .extracting(Step::collect)
                    .containsExactlyElementsOf(Stream.generate(() -> task)
                            .limit(ScriptedRun.TASKS)
                            .flatMap(List::stream)
                            .toList());
        }
    }

    @Test
    void withoutAWishForItNoImportanceIsCollected() {
        assertThat(run(ScriptedMethod.plain(), new ScriptedEngine()).taken())
                .extracting(Step::collect)
                .containsOnly(false);
    }

    @Test
    void everyEpochOfAnAlignmentDrawsAnewFromAllClassesSeen() {
        List<Phase> phases = List.of(ScriptedPhases.epochs(2));
        ScriptedMethod method = new ScriptedMethod(ScriptedMethod.ADAPTER, PLAIN, PLAIN, phases);

        List<PhaseEpoch> epochs = run(method, new ScriptedEngine()).phaseEpochs();

        assertThat(epochs.stream().map(epoch -> epoch.epoch() + " of " + epoch.seenClasses()))
                .containsExactly("0 of 4", "1 of 4", "0 of 6", "1 of 6");
        assertThat(epochs).extracting(PhaseEpoch::seed).doesNotHaveDuplicates();
    }

    @Test
    void theTasksOfARunShareNoSeed() {
        ScriptedMethod method = ScriptedMethod.plain();

        run(method, new ScriptedEngine());

        int streams = RandomStreams.Stream.values().length;
        assertThat(method.seeds())
                .hasSize(ScriptedRun.TASKS * streams * ScriptedMethod.PLACES)
                .doesNotHaveDuplicates();
    }

    private static ScriptedEngine run(ScriptedMethod method, ScriptedEngine engine) {
        OptimizerSettings adam = new OptimizerSettings.Adam(0.1, null, 0, 0.9, 0.999, 1e-8);
        return run(new TrainingSettings(EPOCHS, BATCH, adam, new Schedule.Constant(), null), method, engine);
    }

    private static ScriptedEngine run(TrainingSettings training, ScriptedMethod method, ScriptedEngine engine) {
        TrainingOutcome outcome = ScriptedRun.of(training, IMAGES)
                .run(engine, method, new InMemoryCheckpointStore(), 1, null, StopRequest.NEVER, null);
        assertThat(outcome).isEqualTo(new TrainingOutcome.Completed());
        return engine;
    }
}
