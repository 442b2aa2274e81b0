package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.MergeRule;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.training.TrainingEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a merge of task vectors is at its ends.
@Tag("engine")
class TaskArithmeticMergeIT {

    private static SmallRun run(MergeRule rule) {
        SmallRun run = new SmallRun(SmallRun.Options.of(new TaskArithmetic.Settings(
                EnumSet.of(Site.Q, Site.V),
                null,
                2,
                1,
                TaskArithmetic.Start.INDEPENDENT,
                TaskArithmetic.Head.CONCATENATED,
                0,
                rule,
                null,
                null)));
        run.run(null);
        return run;
    }

    private static AdapterView served(SmallRun run) {
        return ((Inference.Latest) run.method().inference()).view();
    }

    @Test
    void aCoefficientOfZeroIsTheFrozenBackbone() {
        try (SmallRun run = run(new MergeRule.Sum(0))) {
            assertThat(served(run).empty()).isTrue();
        }
    }

    @Test
    void everyTaskCountsWithTheCoefficientTimesItsScale() {
        try (SmallRun run = run(new MergeRule.Sum(0.5))) {
            SiteValues scales =
                    run.network().bank().settings().scales(run.network().shape().depth());

            assertThat(served(run).coefficients())
                    .isEqualTo(Collections.nCopies(SmallRun.TASKS, scales.map(scale -> 0.5 * scale)));
        }
    }

    /// The mean of one task's change is that change: after it the merge is the task's own model.
    @Test
    void theMergeOfOneTaskIsItsModel() {
        List<Object> first = new ArrayList<>();
        for (MergeRule rule :
                List.of(new MergeRule.Sum(1), new MergeRule.Average(), new MergeRule.MovingAverage(0.3))) {
            try (SmallRun run = run(rule)) {
                first.add(run.events(TrainingEvent.Evaluated.class).getFirst().row());
            }
        }

        assertThat(first).hasSize(3).containsOnly(first.getFirst());
    }
}
