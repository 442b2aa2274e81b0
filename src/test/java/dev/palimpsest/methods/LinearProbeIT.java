package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.model.ClassRange;
import dev.palimpsest.model.Part;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.training.TrainingEvent;
import dev.palimpsest.training.TrainingOutcome;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The heads alone train.
class LinearProbeIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return new LinearProbe.Settings(ClassScope.TASK, SmallRun.alignment());
    }

    @Override
    int adaptersAfter(int tasks) {
        return 0;
    }

    @Test
    void theHeadsOfATaskTrainAndNothingElse() {
        MethodSettings plain = new LinearProbe.Settings(ClassScope.TASK, null);
        try (SmallRun run = new SmallRun(SmallRun.Options.of(plain))) {
            List<ClassRange> heads = List.of(new ClassRange(0, 2), new ClassRange(2, 2), new ClassRange(4, 2));
            double[] before =
                    run.network().heads().save(heads).get("task3.weight").doubles();

            assertThat(run.run(null)).isEqualTo(new TrainingOutcome.Completed());

            assertThat(run.network().bank().size()).isZero();
            assertThat(run.network().saveBackbone()).isNull();
            assertThat(run.network().heads().save(heads).get("task3.weight").doubles())
                    .isNotEqualTo(before);
            long numbers = 2L * (run.network().shape().width() + 1);
            assertThat(run.events(TrainingEvent.TaskCompleted.class))
                    .extracting(TrainingEvent.TaskCompleted::trainableParameters)
                    .containsExactly(numbers, numbers, numbers);
        }
    }

    @Test
    void itsRecipeIsTheHeadsOverTheChosenClasses() {
        try (SmallRun run = new SmallRun(SmallRun.Options.of(settings()))) {
            for (ClassScope scope : ClassScope.values()) {
                LinearProbe probe = new LinearProbe(new LinearProbe.Settings(scope, null));
                TaskRecipe recipe = probe.beforeTask(new FixedTask(run.network(), TaskChain.task(1)));

                assertThat(recipe.trains()).isEqualTo(Set.of(Part.HEADS));
                assertThat(recipe.scope()).isEqualTo(scope.of(TaskChain.task(1)));
            }
        }
    }
}
