package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.methods.AdapterChoice;
import dev.palimpsest.methods.ClassScope;
import dev.palimpsest.methods.ExemplarSettings;
import dev.palimpsest.methods.FewShotSettings;
import dev.palimpsest.methods.FullFineTuning;
import dev.palimpsest.methods.JointLora;
import dev.palimpsest.methods.LinearProbe;
import dev.palimpsest.methods.LoracIpc;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.methods.RandomProjectionRidge;
import dev.palimpsest.methods.TaskArithmetic;
import dev.palimpsest.model.MergeRule;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.support.InMemoryCheckpointStore;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.torch.NumericMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The same plan gives the same bits, whatever happens around or to the run.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DeterminismContract {

    private static final int SMALL_PRIME = 11;

    @ParameterizedTest(name = "{0}")
    @MethodSource("modes")
    void twoRunsOfOnePlanAreEqual(String mode) {
        assertThat(whole(options(mode))).isEqualTo(whole(options(mode)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modes")
    void twoRunsOfFullFineTuningAreEqual(String mode) {
        MethodSettings method = new FullFineTuning.Settings(ClassScope.TASK, SmallRun.alignment());
        assertThat(whole(options(mode, method))).isEqualTo(whole(options(mode, method)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modes")
    void anotherSeedGivesAnotherRun(String mode) {
        assertThat(whole(options(mode))).isNotEqualTo(whole(options(mode).seeded(2)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modes")
    void aRunBesideThreeOthersIsTheSame(String mode) throws Exception {
        Map<String, String> alone = whole(options(mode));
        List<Callable<Map<String, String>>> runs = new ArrayList<>();
        for (int other = 0; other < 4; other++) {
            SmallRun.Options options = options(mode).seeded(1 + other);
            runs.add(() -> {
                TestPrograms.RUNTIME.prepare();
                return whole(options);
            });
        }

        List<Map<String, String>> beside = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (Future<Map<String, String>> run : threads.invokeAll(runs)) {
                beside.add(run.get());
            }
        }

        assertThat(beside.getFirst()).isEqualTo(alone);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modes")
    void aRunThatIsStoppedAnywhereGoesOnToTheSameBits(String mode) {
        Asks all = new Asks(Integer.MAX_VALUE, StopRequest.Ask.GO_ON);
        Map<String, String> unbroken = whole(options(mode).asking(all));

        for (int at = 1; at < all.count; at += SMALL_PRIME) {
            assertThat(stoppedAt(at, options(mode), StopRequest.Ask.STOP_NOW))
                    .as("stopped at question %d of %d", at, all.count)
                    .isEqualTo(unbroken);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("plain")
    void aRunOfAnotherMethodThatIsStoppedAnywhereGoesOnToTheSameBits(MethodSettings method) {
        SmallRun.Options options = options("fp32", method);
        Asks all = new Asks(Integer.MAX_VALUE, StopRequest.Ask.GO_ON);
        Map<String, String> unbroken = whole(options.asking(all));

        for (int at = 1; at < all.count; at += SMALL_PRIME) {
            assertThat(stoppedAt(at, options, StopRequest.Ask.STOP_NOW))
                    .as("stopped at question %d of %d", at, all.count)
                    .isEqualTo(unbroken);
        }
    }

    /// Methods whose sessions are not those of LoRAC-IPC.
    static List<MethodSettings> plain() {
        return List.of(
                new LinearProbe.Settings(ClassScope.SEEN, SmallRun.alignment()),
                SmallRun.infLora(),
                new JointLora.Settings(new AdapterChoice(Set.of(Site.Q, Site.FC2), null, 2, null)),
                new RandomProjectionRidge.Settings(
                        96,
                        null,
                        RandomProjectionRidge.RidgeChoice.NEWEST_TASK,
                        new AdapterChoice(Set.of(Site.Q, Site.FC2), null, 2, null)),
                SmallRun.taskArithmetic(
                        TaskArithmetic.Head.IN_TASK_VECTOR,
                        new MergeRule.RandomMix(1),
                        ExemplarSettings.Selection.RANDOM,
                        FewShotSettings.Train.ALL),
                SmallRun.taskArithmetic(
                        TaskArithmetic.Head.CONCATENATED,
                        new MergeRule.Sum(0.5),
                        ExemplarSettings.Selection.HERDING,
                        FewShotSettings.Train.HEADS_AND_ADAPTER));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modes")
    void aRunThatIsPausedAtASafePointGoesOnToTheSameBits(String mode) {
        Asks all = new Asks(Integer.MAX_VALUE, StopRequest.Ask.GO_ON);
        Map<String, String> unbroken = whole(options(mode).asking(all));

        for (int at = 1; at < all.count; at += all.count / 3) {
            assertThat(stoppedAt(at, options(mode), StopRequest.Ask.STOP_AT_SAFE_POINT))
                    .as("paused at question %d of %d", at, all.count)
                    .isEqualTo(unbroken);
        }
    }

    /// Numeric modes of the device, by name.
    abstract List<String> modes();

    abstract String device();

    final SmallRun.Options options(String mode) {
        return options(mode, SmallRun.loracIpc(LoracIpc.Fidelity.CORRECTED));
    }

    private SmallRun.Options options(String mode, MethodSettings method) {
        return SmallRun.Options.of(method).with(NumericMode.byName(mode)).on(device());
    }

    private static Map<String, String> whole(SmallRun.Options options) {
        try (SmallRun run = new SmallRun(options)) {
            assertThat(run.run(null)).isEqualTo(new TrainingOutcome.Completed());
            return run.digests();
        }
    }

    /// Stops a run at a question, and another one goes on from its last checkpoint.
    private static Map<String, String> stoppedAt(int at, SmallRun.Options options, StopRequest.Ask ask) {
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        try (SmallRun first = new SmallRun(options.asking(new Asks(at, ask)), store, 1)) {
            if (first.run(null) instanceof TrainingOutcome.Completed) {
                return first.digests(); // the last safe point is the end
            }
        }
        StoredCheckpoint from = SmallRun.newest(store);
        try (SmallRun second = new SmallRun(options, store, 2)) {
            assertThat(second.run(from)).isEqualTo(new TrainingOutcome.Completed());
            return second.digests();
        }
    }

    /// Answers GO_ON until question `at`, then always the given answer.
    private static final class Asks implements StopRequest {

        private final int at;
        private final Ask answer;
        private int count;

        Asks(int at, Ask answer) {
            this.at = at;
            this.answer = answer;
        }

        @Override
        public Ask ask() {
            return ++count >= at ? answer : Ask.GO_ON;
        }
    }
}
