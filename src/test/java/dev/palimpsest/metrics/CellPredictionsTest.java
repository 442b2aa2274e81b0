package dev.palimpsest.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A row whose counts are not those of its predictions is never stored.
///
/// A class file of a record does not say that an array may be missing, so the check of nulls is off here.
@SuppressWarnings("NullAway")
class CellPredictionsTest {

    private static final List<CellPredictions> TWO_OF_THREE =
            List.of(cell(0, new int[] {1, 0, 0}, new int[] {0, 0, 1}));

    private static CellPredictions cell(int task, int[] predicted, int @Nullable [] inferred) {
        return new CellPredictions(task, new int[] {4, 7, 9}, new int[] {0, 0, 0}, predicted, inferred, null);
    }

    private static MeasuredRow row(@Nullable Integer top1, @Nullable Integer tasks, List<CellPredictions> cells) {
        return new MeasuredRow(
                List.of(3),
                Map.of(Measure.TOP1, Arrays.asList(top1), Measure.INFERRED_TASK, Arrays.asList(tasks)),
                cells);
    }

    @Test
    void countsAreThoseOfThePredictions() {
        assertThat(row(2, 2, TWO_OF_THREE).predictions().getFirst().right()).isEqualTo(2);
        assertThatThrownBy(() -> row(1, 2, TWO_OF_THREE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("top1 on task index 0 must be 2 as the predictions say, got 1");
        assertThatThrownBy(() -> row(2, 3, TWO_OF_THREE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("inferred_task on task index 0 must be 2 as the predictions say, got 3");
    }

    @Test
    void aCountOfTasksNeedsTasks() {
        var noTask = List.of(cell(0, new int[] {1, 0, 0}, null));

        assertThat(row(2, null, noTask).predictions().getFirst().rightTasks()).isNull();
        assertThatThrownBy(() -> row(2, 0, noTask))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("inferred_task on task index 0 must be null as the predictions say, got 0");
    }

    @Test
    void thereIsAPredictionOfEachImageOfEachTask() {
        assertThatThrownBy(() -> new MeasuredRow(List.of(3, 3), Map.of(), TWO_OF_THREE))
                .hasMessage("predictions must be of 2 tasks, got 1");
        assertThatThrownBy(() -> new MeasuredRow(List.of(4), Map.of(), TWO_OF_THREE))
                .hasMessage("predictions on task index 0 must be of 4 images, got 3");
    }

    @Test
    void arraysOfOneCellBelongTogether() {
        int[] three = {1, 2, 3};
        int[] two = {1, 2};
        var scores = new CellPredictions.Scores(new short[3], new short[2]);
        assertThatThrownBy(() -> new CellPredictions(0, three, two, three, null, null))
                .hasMessage("classes must be as many as the 3 images, got 2");
        assertThatThrownBy(() -> new CellPredictions(0, three, three, two, null, null))
                .hasMessage("predicted must be as many as the 3 images, got 2");
        assertThatThrownBy(() -> new CellPredictions(0, three, three, three, two, null))
                .hasMessage("inferredTasks must be as many as the 3 images, got 2");
        assertThatThrownBy(() -> new CellPredictions(0, three, three, three, null, scores))
                .hasMessage("scores of the prediction must be as many as the 3 images, got 2");
    }

    @Test
    void cellsAreComparedByWhatIsInThem() {
        CellPredictions one = cell(0, new int[] {1, 0, 0}, new int[] {0, 0, 1});

        assertThat(one).isEqualTo(TWO_OF_THREE.getFirst()).hasSameHashCodeAs(TWO_OF_THREE.getFirst());
        assertThat(one)
                .isNotEqualTo(cell(0, new int[] {1, 0, 1}, new int[] {0, 0, 1}))
                .isNotEqualTo(cell(0, new int[] {1, 0, 0}, null))
                .isNotEqualTo(cell(1, new int[] {1, 0, 0}, new int[] {0, 0, 1}));
    }

    @Test
    void aRunRemembersTheCountsAlone() {
        assertThat(row(2, 2, TWO_OF_THREE).withoutPredictions()).isEqualTo(row(2, 2, List.of()));
    }
}
