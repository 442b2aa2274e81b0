package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.Site;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The contract of methods fails where it should: on a method that keeps every rule but learns nothing.
@Tag("engine")
class MethodContractIT {

    /// Grows an adapter a task and trains none.
    private static final class Idle implements ContinualMethod {

        private final double kept;

        Idle(double kept) {
            this.kept = kept;
        }

        @Override
        public TaskRecipe beforeTask(TaskContext task) {
            task.network().bank().grow(task.task().index());
            return TaskRecipe.nothing(task.task(), List.of(task.task()));
        }

        @Override
        public List<Phase> afterTask(TaskContext task) {
            return List.of();
        }

        @Override
        public Inference inference() {
            return new Inference.Latest(AdapterView.NONE, true);
        }

        @Override
        public TensorBundle save() {
            return new TensorBundle().put("kept", HostTensor.ofDoubles(new double[] {kept}, 1));
        }

        @Override
        public void restore(TensorBundle saved, Network network, List<LearningTask> learned) {}

        @Override
        public void close() {}
    }

    /// Under the settings of a method that trains.
    private static ContinualMethodContract contractOf(double kept, int adapters) {
        return new ContinualMethodContract() {
            @Override
            MethodSettings settings() {
                return new IncrementalLora.Settings(
                        new AdapterChoice(EnumSet.of(Site.Q), null, 2, null), ClassScope.TASK, null);
            }

            @Override
            int adaptersAfter(int tasks) {
                return adapters * tasks;
            }

            @Override
            SmallRun.Options options() {
                return SmallRun.Options.of(settings()).made(() -> new Idle(kept));
            }
        };
    }

    @Test
    void aMethodThatLearnsNothingIsFound() {
        ContinualMethodContract idle = contractOf(1, 1);

        assertThatThrownBy(idle::trainingChangesTheScoresOfTheTasksPictures).isInstanceOf(AssertionError.class);
        assertThatThrownBy(idle::theLossOfATaskFalls).isInstanceOf(AssertionError.class);
        assertThatThrownBy(idle::theNewestTaskIsKnownBetterThanByGuessing).isInstanceOf(AssertionError.class);
    }

    @Test
    void whatItKeepsIsNotHeldAgainstIt() {
        ContinualMethodContract idle = contractOf(1, 1);

        assertThatCode(idle::thereAreAsManyAdaptersAsTheMethodSays).doesNotThrowAnyException();
        assertThatCode(idle::adaptersOfEarlierTasksKeepTheirBits).doesNotThrowAnyException();
        assertThatCode(idle::aBackboneThatDoesNotTrainKeepsItsBits).doesNotThrowAnyException();
        assertThatCode(idle::everyNumberThatIsSavedIsFinite).doesNotThrowAnyException();
    }

    @Test
    void anotherNumberOfAdaptersIsFound() {
        assertThatThrownBy(contractOf(1, 2)::thereAreAsManyAdaptersAsTheMethodSays)
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void anInfiniteNumberIsFound() {
        assertThatThrownBy(contractOf(Double.POSITIVE_INFINITY, 1)::everyNumberThatIsSavedIsFinite)
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(contractOf(Double.NaN, 1)::everyNumberThatIsSavedIsFinite)
                .isInstanceOf(AssertionError.class);
    }
}
