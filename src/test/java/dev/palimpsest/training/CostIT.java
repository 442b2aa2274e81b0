package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.methods.AdapterChoice;
import dev.palimpsest.methods.ClassScope;
import dev.palimpsest.methods.FullFineTuning;
import dev.palimpsest.methods.LoracIpc;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.methods.NearestClassMean;
import dev.palimpsest.methods.RandomProjectionRidge;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.Site;
import dev.palimpsest.support.InMemoryCheckpointStore;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.torch.TensorBundle;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a task costs, as its event says it.
@Tag("engine")
class CostIT {

    private static final int CLASSES_A_TASK = 2;

    @Test
    void addedParametersAreAdapterHeadsCoefficientsAndTheClustersOfTaskInference() {
        try (SmallRun run = run(loracIpc(EnumSet.allOf(Site.class), null, 0.5, true))) {
            TensorBundle saved = run.method().save();
            for (int t = 0; t < SmallRun.TASKS; t++) {
                String statistics = "inference.task" + (t + 1) + ".";
                long clusters = saved.names().stream()
                        .filter(name -> name.startsWith(statistics))
                        .mapToLong(name -> elements(saved, name))
                        .sum();
                assertThat(clusters).isPositive();
                // every site of every block has an adapter, so that each saved coefficient counts
                assertThat(completed(run, t).addedParameters())
                        .as("task %d", t)
                        .isEqualTo(run.network().bank().parameters()
                                + heads(run)
                                + elements(saved, "bank.task" + (t + 1))
                                + clusters);
            }
        }
    }

    @Test
    void withoutTaskInferenceOnlyTheNewestCoefficientsAreNeeded() {
        try (SmallRun run = run(loracIpc(EnumSet.of(Site.K), 1, 0.5, false))) {
            for (int t = 0; t < SmallRun.TASKS; t++) {
                assertThat(completed(run, t).addedParameters())
                        .as("task %d", t)
                        .isEqualTo(run.network().bank().parameters() + heads(run) + 1);
            }
        }
    }

    @Test
    void methodsWithoutAdaptersAddTheirHeads() {
        List<MethodSettings> methods =
                List.of(new NearestClassMean.Settings(), new FullFineTuning.Settings(ClassScope.TASK, null));
        for (MethodSettings method : methods) {
            try (SmallRun run = run(method)) {
                assertThat(completed(run, 2).addedParameters()).isEqualTo(heads(run));
            }
        }
    }

    @Test
    void aProjectionIsAddedOnceAndItsHeadsWithTheirTasks() {
        int width = 40;
        try (SmallRun run = run(
                new RandomProjectionRidge.Settings(width, 1.0, RandomProjectionRidge.RidgeChoice.ALL_TASKS, null))) {
            long rows = (long) CLASSES_A_TASK * width;
            assertThat(completed(run, 0).addedParameters())
                    .isEqualTo(rows + run.network().shape().width() * (long) width);
            assertThat(completed(run, 1).addedParameters()).isEqualTo(rows);
            assertThat(completed(run, 2).addedParameters()).isEqualTo(rows);
            assertThat(completed(run, 2).numbers()).containsEntry("ridge", 1.0);
        }
    }

    @Test
    void whatTrainsInTheFirstTaskOnlyIsAllOfTheProgressThere() {
        try (SmallRun run = run(new RandomProjectionRidge.Settings(
                40,
                1.0,
                RandomProjectionRidge.RidgeChoice.ALL_TASKS,
                new AdapterChoice(EnumSet.of(Site.K), 1, 2, null)))) {
            List<TrainingEvent.EpochCompleted> epochs = run.events(TrainingEvent.EpochCompleted.class);
            assertThat(epochs).hasSize(SmallRun.EPOCHS);
            assertThat(epochs.getLast().share()).isEqualTo(1.0);
            assertThat(completed(run, 0).trainableParameters()).isPositive();
            assertThat(completed(run, 1).trainableParameters()).isZero();
        }
    }

    @Test
    void frozenSitesAreSitesThatExist() {
        try (SmallRun run = run(loracIpc(EnumSet.of(Site.K), 1, 1, false))) {
            AdapterSettings adapters = run.network().bank().settings();
            assertThat(adapters.all()).hasSize(1);
            assertThat(run.network().shape().depth()).isGreaterThan(1);

            assertThat(completed(run, 0).numbers()).containsEntry("frozen_sites", 1.0);
        }
    }

    @Test
    void coefficientsWithoutARateStayAsTheyAreAndAreNotCounted() {
        LoracIpc.Settings off = loracIpc(EnumSet.allOf(Site.class), null, 0.2, false, 0);
        LoracIpc.Settings on = loracIpc(EnumSet.allOf(Site.class), null, 0.2, false, 0.5);
        try (SmallRun still = run(off);
                SmallRun moving = run(on)) {
            double[] ones = new double[3 * still.network().shape().depth() * Site.values().length];
            Arrays.fill(ones, 1);
            assertThat(still.method().save().get("bank.task3").doubles()).isEqualTo(ones);
            assertThat(moving.method().save().get("bank.task3").doubles()).isNotEqualTo(ones);
            assertThat(completed(still, 1).trainableParameters())
                    .isLessThan(completed(moving, 1).trainableParameters());
        }
    }

    /// The first attempt waits at each question, the second does not.
    @Test
    void secondsOfTrainingSurviveAResumeInsideATask() {
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        SmallRun.Options options = SmallRun.Options.of(SmallRun.loracIpc(LoracIpc.Fidelity.CORRECTED));
        try (SmallRun first = new SmallRun(options.asking(CostIT::slowlyAtASafePoint), store, 1)) {
            assertThat(first.run(null)).isEqualTo(new TrainingOutcome.Stopped(true));
        }
        StoredCheckpoint from = Objects.requireNonNull(SmallRun.newest(store));
        double before = Objects.requireNonNull(from.manifest().trainSeconds());
        assertThat(before).isGreaterThan(1);

        try (SmallRun second = new SmallRun(options, store, 2)) {
            second.run(from);
            assertThat(completed(second, 0).trainSeconds()).isGreaterThan(before);
            assertThat(completed(second, 1).trainSeconds()).isLessThan(before);
        }
    }

    private static StopRequest.Ask slowlyAtASafePoint() {
        try {
            Thread.sleep(500);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return StopRequest.Ask.STOP_AT_SAFE_POINT;
    }

    private static SmallRun run(MethodSettings method) {
        SmallRun run = new SmallRun(SmallRun.Options.of(method));
        assertThat(run.run(null)).isEqualTo(new TrainingOutcome.Completed());
        return run;
    }

    private static TrainingEvent.TaskCompleted completed(SmallRun run, int task) {
        return run.events().stream()
                .filter(TrainingEvent.TaskCompleted.class::isInstance)
                .map(TrainingEvent.TaskCompleted.class::cast)
                .filter(event -> event.task() == task)
                .findFirst()
                .orElseThrow();
    }

    private static long heads(SmallRun run) {
        return (long) CLASSES_A_TASK * (run.network().shape().width() + 1);
    }

    private static long elements(TensorBundle saved, String name) {
        return Arrays.stream(saved.get(name).shape()).reduce(1, (a, b) -> a * b);
    }

    private static LoracIpc.Settings loracIpc(
            Set<Site> sites, @Nullable Integer blocks, double freezeFraction, boolean infers) {
        return loracIpc(sites, blocks, freezeFraction, infers, 0.5);
    }

    private static LoracIpc.Settings loracIpc(
            Set<Site> sites, @Nullable Integer blocks, double freezeFraction, boolean infers, double coefficientRate) {
        return new LoracIpc.Settings(
                LoracIpc.Fidelity.CORRECTED,
                new AdapterChoice(sites, blocks, 2, null),
                0.5,
                coefficientRate,
                null,
                freezeFraction,
                LoracIpc.CountOver.ALL_SITES,
                0.85,
                0.85,
                null,
                infers ? new LoracIpc.TaskInference(2) : null);
    }
}
