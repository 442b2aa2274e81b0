package dev.palimpsest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.palimpsest.files.PictureFiles;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearningTaskTest {

    private static final RandomStreams STREAMS = new RandomStreams(5);

    @TempDir
    private Path folder;

    @Test
    void aTaskOwnsARangeOfTheHead() {
        try (Dataset data = new DatasetSpec.Synthetic(6, 10, 4, 16, 1).open()) {
            var order = new ClassOrder.Explicit(data.labels().reversed());
            TaskSplit split =
                    TaskSplit.of(new SplitSpec.EqualClasses(3, null, order), data.labels(), List.of(), STREAMS);

            List<LearningTask> tasks = LearningTask.of(data, split, 0, STREAMS);

            LearningTask second = tasks.get(1);
            assertThat(second.index()).isEqualTo(1);
            assertThat(second.firstClass()).isEqualTo(2);
            assertThat(second.classes()).containsExactly(2, 3);
            assertThat(second.labels()).containsExactly("shape_3", "shape_2");
            assertThat(second.train()).hasSize(20);
            assertThat(second.validation()).isEmpty();
            assertThat(second.test()).hasSize(8);
            assertThat(second.targets(data.train(), new int[] {20, 39})).containsExactly(3, 2);
        }
    }

    @Test
    void everyPictureBelongsToOneTask() {
        try (Dataset data = new DatasetSpec.Synthetic(6, 7, 3, 16, 1).open()) {
            TaskSplit split = TaskSplit.of(
                    new SplitSpec.EqualClasses(2, null, new ClassOrder.Seeded(null)),
                    data.labels(),
                    List.of(),
                    STREAMS);

            Set<Integer> seen = new HashSet<>();
            for (LearningTask task : LearningTask.of(data, split, 0.3, STREAMS)) {
                for (int[] rows : List.of(task.train(), task.validation())) {
                    for (int row : rows) {
                        assertThat(seen.add(row)).as("row %d", row).isTrue();
                    }
                }
            }

            assertThat(seen).hasSize(data.train().size());
        }
    }

    @Test
    void whatIsKeptAwayDependsOnTheSeedAndNotOnTheSplit() {
        try (Dataset data = new DatasetSpec.Synthetic(6, 10, 3, 16, 1).open()) {
            Set<Integer> two = validation(data, 2, STREAMS);

            assertThat(two).hasSize(18);
            assertThat(validation(data, 3, STREAMS)).isEqualTo(two);
            assertThat(validation(data, 2, new RandomStreams(6))).isNotEqualTo(two);
        }
    }

    private static Set<Integer> validation(Dataset data, int tasks, RandomStreams streams) {
        TaskSplit split = TaskSplit.of(
                new SplitSpec.EqualClasses(tasks, null, new ClassOrder.Natural()), data.labels(), List.of(), streams);
        Set<Integer> rows = new HashSet<>();
        for (LearningTask task : LearningTask.of(data, split, 0.35, streams)) {
            for (int row : task.validation()) {
                rows.add(row);
            }
        }
        return rows;
    }

    @Test
    void sharedLabelsShareTheHead() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.putAll(PictureFiles.below("photo", PictureFiles.twoClasses()));
        files.putAll(PictureFiles.below("art", PictureFiles.twoClasses()));
        PictureFiles.folder(folder, files);
        try (Dataset data = new DatasetSpec.Images(folder, DatasetSpec.Layout.GROUP_SPLIT_CLASS, null, null).open()) {
            TaskSplit split = TaskSplit.of(new SplitSpec.Groups(null, true), data.labels(), data.groups(), STREAMS);

            List<LearningTask> tasks = LearningTask.of(data, split, 0, STREAMS);

            assertThat(data.groups()).containsExactly("art", "photo");
            assertThat(tasks).extracting(LearningTask::name).containsExactly("art", "photo");
            assertThat(tasks).extracting(LearningTask::firstClass).containsExactly(0, 0);
            assertThat(tasks.get(1).labels()).containsExactly("cat", "train");
            assertThat(tasks.get(1).targets(data.train(), tasks.get(1).train()))
                    .containsExactly(0, 0, 0, 0, 1, 1, 1, 1);
            assertThat(data.train().group(tasks.get(1).train()[0])).isEqualTo(1);
        }
    }

    @Test
    void aTaskWithoutTestPicturesIsRefused() {
        Map<String, byte[]> files = PictureFiles.twoClasses();
        files.keySet().removeIf(name -> name.startsWith("test/cat"));
        SplitException refusal = refusal(files, 0);

        assertThat(refusal.code()).isEqualTo("empty_test_set");
        assertThat(refusal.detail()).isEqualTo("Task 'task 1' has no test image.");
    }

    @Test
    void aClassWithoutTrainingPicturesIsRefused() {
        Map<String, byte[]> files = PictureFiles.twoClasses();
        files.keySet().removeIf(name -> name.startsWith("train/cat"));
        SplitException refusal = refusal(files, 0);

        assertThat(refusal.code()).isEqualTo("empty_task");
        assertThat(refusal.detail()).isEqualTo("Class 'cat' has no training image.");
    }

    @Test
    void aValidationFractionOutsideItsBoundsIsRefused() {
        assertThat(refusal(PictureFiles.twoClasses(), 0.6).code()).isEqualTo("out_of_range");
        assertThat(refusal(PictureFiles.twoClasses(), Double.NaN).code()).isEqualTo("out_of_range");
    }

    private SplitException refusal(Map<String, byte[]> files, double validationFraction) {
        PictureFiles.folder(folder, files);
        try (Dataset data = new DatasetSpec.Images(folder, DatasetSpec.Layout.SPLIT_CLASS, null, null).open()) {
            TaskSplit split = TaskSplit.of(
                    new SplitSpec.EqualClasses(2, null, new ClassOrder.Natural()), data.labels(), List.of(), STREAMS);
            return catchThrowableOfType(
                    SplitException.class, () -> LearningTask.of(data, split, validationFraction, STREAMS));
        }
    }

    @Test
    void theShareKeptForValidationIsRoundedDownAndLeavesSomethingToTrainOn() {
        assertThat(LearningTask.kept(9, 0.1)).isZero();
        assertThat(LearningTask.kept(10, 0.1)).isOne();
        assertThat(LearningTask.kept(19, 0.1)).isOne();
        assertThat(LearningTask.kept(1, 0.5)).isZero();
        assertThat(LearningTask.kept(2, 0.5)).isOne();
        assertThat(LearningTask.kept(0, 0.5)).isZero();
    }
}
