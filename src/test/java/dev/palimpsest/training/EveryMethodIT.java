package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.methods.ContinualMethods;
import dev.palimpsest.methods.MethodInfo;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.support.SmallRun;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What every method has that can have it: heads that are aligned, and the measure with the task known.
@Tag("engine")
class EveryMethodIT {

    /// Their heads have nothing to gain (`docs/methods/baselines.md`): they are computed and not trained, trained on
    /// all
    /// classes at once, or belong to a network that is merged anew after each task.
    private static final Set<String> NOT_ALIGNED =
            Set.of("joint_lora", "nearest_class_mean", "random_projection_ridge", "task_arithmetic");

    static Stream<String> methods() {
        return ContinualMethods.all().stream().map(MethodInfo::name);
    }

    /// Small, and aligned where there is such a setting.
    private static MethodSettings small(String name) {
        ObjectNode asked = JsonMapper.shared().createObjectNode().put("name", name);
        ObjectNode settings = (ObjectNode) SettingsBinder.resolve(asked, MethodSettings.class);
        if (settings.has("rank")) {
            asked.put("rank", 2);
        }
        if (settings.has("width")) {
            asked.put("width", 96);
        }
        if (settings.has("alignment")) {
            asked.putObject("alignment").put("epochs", 2);
        }
        return SettingsBinder.read(asked, MethodSettings.class);
    }

    private static int count(TrainingEvent.Evaluated row, Measure measure, int task) {
        return Objects.requireNonNull(
                Objects.requireNonNull(row.row().correct().get(measure)).get(task));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void imagesAreClassifiedWithTheirTaskKnownTooAndAtLeastAsManyAreRight(String name) {
        try (SmallRun run = new SmallRun(SmallRun.Options.of(small(name)))) {
            run.run(null);

            List<TrainingEvent.Evaluated> rows = run.events(TrainingEvent.Evaluated.class);
            assertThat(rows).isNotEmpty();
            for (TrainingEvent.Evaluated row : rows) {
                for (int task = 0; task <= row.task(); task++) {
                    assertThat(count(row, Measure.TASK_KNOWN, task))
                            .as("task %d after task %d, %s", task, row.task(), row.stage())
                            .isGreaterThanOrEqualTo(count(row, Measure.TOP1, task));
                }
            }
            int last = SmallRun.TASKS - 1;
            TrainingEvent.Evaluated end = rows.getLast();
            int known = 0;
            int top = 0;
            for (int task = 0; task <= last; task++) {
                known += count(end, Measure.TASK_KNOWN, task);
                top += count(end, Measure.TOP1, task);
            }
            assertThat(known).as("of two classes instead of six").isGreaterThan(top);
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void headsThatTrainTaskByTaskCanBeAligned(String name) {
        try (SmallRun run = new SmallRun(SmallRun.Options.of(small(name)))) {
            run.run(null);

            List<Integer> before = run.events(TrainingEvent.Evaluated.class).stream()
                    .filter(row -> row.stage() == Stage.BEFORE_ALIGNMENT)
                    .map(TrainingEvent.Evaluated::task)
                    .toList();
            assertThat(before).isEqualTo(NOT_ALIGNED.contains(name) ? List.of() : List.of(1, 2));
        }
    }
}
