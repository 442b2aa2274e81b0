package dev.palimpsest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.palimpsest.settings.Fault;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TaskSplitTest {

    private static final List<String> LABELS = List.of("ant", "bee", "cat", "dog", "elk", "fox");
    private static final RandomStreams STREAMS = new RandomStreams(1);

    @Test
    void equalClassesFollowTheNaturalOrder() {
        TaskSplit split = split(new SplitSpec.EqualClasses(3, null, new ClassOrder.Natural()));

        assertThat(split.classes()).containsExactly(List.of(0, 1), List.of(2, 3), List.of(4, 5));
        assertThat(split.names()).containsExactly("task 1", "task 2", "task 3");
        assertThat(split.headSize()).isEqualTo(6);
        assertThat(split.unusedClasses()).isEmpty();
    }

    @Test
    void theFirstTaskMayHaveAnotherSize() {
        TaskSplit split = split(new SplitSpec.EqualClasses(3, 4, new ClassOrder.Natural()));

        assertThat(split.classes()).containsExactly(List.of(0, 1, 2, 3), List.of(4), List.of(5));
    }

    @Test
    void aSeededOrderIsTheSameForEveryJobAndAnUnseededOneIsNot() {
        List<String> many = IntStream.range(0, 50).mapToObj(Integer::toString).toList();

        int[] seeded = new ClassOrder.Seeded(3L).rows(many, new RandomStreams(1));
        assertThat(seeded).isEqualTo(new ClassOrder.Seeded(3L).rows(many, new RandomStreams(2)));
        assertThat(new ClassOrder.Seeded(null).rows(many, new RandomStreams(3))).isEqualTo(seeded);
        assertThat(new ClassOrder.Seeded(null).rows(many, new RandomStreams(4))).isNotEqualTo(seeded);
    }

    @Test
    void anExplicitOrderIsTaken() {
        var order = new ClassOrder.Explicit(List.of("fox", "elk", "dog", "cat", "bee", "ant"));

        assertThat(split(new SplitSpec.EqualClasses(2, null, order)).classes())
                .containsExactly(List.of(5, 4, 3), List.of(2, 1, 0));
    }

    @Test
    void explicitTasksLeaveTheRestOut() {
        TaskSplit split = split(new SplitSpec.Explicit(List.of(
                new SplitSpec.Explicit.Task("big", List.of("elk")),
                new SplitSpec.Explicit.Task(null, List.of("bee", "ant")))));

        assertThat(split.names()).containsExactly("big", "task 2");
        assertThat(split.classes()).containsExactly(List.of(4), List.of(1, 0));
        assertThat(split.unusedClasses()).containsExactly("cat", "dog", "fox");
    }

    @Test
    void groupsBecomeTasks() {
        List<String> labels = List.of("art/cat", "art/dog", "photo/cat", "photo/dog", "photography/elk");
        List<String> groups = List.of("art", "photo", "photography");

        TaskSplit apart = TaskSplit.of(new SplitSpec.Groups(null, false), labels, groups, STREAMS);
        assertThat(apart.classes()).containsExactly(List.of(0, 1), List.of(2, 3), List.of(4));
        assertThat(apart.classNames(1)).containsExactly("photo/cat", "photo/dog");

        TaskSplit shared = TaskSplit.of(new SplitSpec.Groups(List.of("photo", "art"), true), labels, groups, STREAMS);
        assertThat(shared.names()).containsExactly("photo", "art");
        assertThat(shared.classes()).containsExactly(List.of(2, 3), List.of(0, 1));
        assertThat(shared.classNames(1)).containsExactly("cat", "dog");
        assertThat(shared.headSize()).isEqualTo(2);
        assertThat(shared.unusedClasses()).containsExactly("photography/elk");
    }

    @Test
    void sharedLabelsNeedTheSameClassesEverywhere() {
        List<String> labels = List.of("art/cat", "art/dog", "photo/cat", "photo/elk");
        SplitException refusal = catchThrowableOfType(
                SplitException.class,
                () -> TaskSplit.of(new SplitSpec.Groups(null, true), labels, List.of("art", "photo"), STREAMS));

        assertThat(refusal.code()).isEqualTo("unknown_class");
        assertThat(refusal.detail()).contains("'art' and 'photo' differ in [dog, elk]");
    }

    @Test
    void whatDoesNotDivideIsRefused() {
        SplitException refusal = refusal(new SplitSpec.EqualClasses(4, null, new ClassOrder.Natural()));

        assertThat(refusal.code()).isEqualTo("classes_not_divisible");
        assertThat(refusal.param()).isEqualTo("split.task_count");
        assertThat(refusal.detail()).contains("6 classes").contains("[1, 2, 3, 6]");
    }

    @Test
    void taskCountsOutsideTheClassesAreRefused() {
        for (int count : new int[] {0, -1, 7, 201}) {
            SplitException refusal = refusal(new SplitSpec.EqualClasses(count, null, new ClassOrder.Natural()));

            assertThat(refusal.code()).isEqualTo("out_of_range");
            assertThat(refusal.detail()).isEqualTo("task_count must be 1..6 for 6 classes, got %d.".formatted(count));
        }
    }

    @Test
    void aFirstTaskThatLeavesTooLittleIsRefused() {
        assertThat(refusal(new SplitSpec.EqualClasses(3, 5, new ClassOrder.Natural()))
                        .code())
                .isEqualTo("too_few_classes");
        assertThat(refusal(new SplitSpec.EqualClasses(3, 3, new ClassOrder.Natural()))
                        .code())
                .isEqualTo("classes_not_divisible");
        assertThat(refusal(new SplitSpec.EqualClasses(1, 3, new ClassOrder.Natural()))
                        .code())
                .isEqualTo("out_of_range");
    }

    @Test
    void allFaultsOfExplicitTasksAreNamedAtOnce() {
        SplitException refusal = refusal(new SplitSpec.Explicit(List.of(
                new SplitSpec.Explicit.Task("a", List.of("ant", "ant", "camel")),
                new SplitSpec.Explicit.Task("b", List.of()),
                new SplitSpec.Explicit.Task("c", List.of("doge", "ant")))));

        assertThat(refusal.faults())
                .extracting(Fault::code)
                .containsExactly(
                        "duplicate_value", "unknown_class", "empty_task", "unknown_class", "class_in_two_tasks");
        assertThat(refusal.faults())
                .extracting(Fault::param)
                .containsExactly(
                        "split.tasks[0].classes[1]",
                        "split.tasks[0].classes[2]",
                        "split.tasks[1].classes",
                        "split.tasks[2].classes[0]",
                        "split.tasks[2].classes[1]");
        assertThat(refusal.faults().get(3).detail()).endsWith("has no class 'doge'. Did you mean 'dog'?");
    }

    @Test
    void anExplicitOrderNamesEveryClassOnce() {
        var order = new ClassOrder.Explicit(List.of("ant", "bee", "bee", "cta", "dog", "elk"));
        SplitException refusal = refusal(new SplitSpec.EqualClasses(2, null, order));

        assertThat(refusal.faults())
                .extracting(Fault::code)
                .containsExactly("duplicate_value", "unknown_class", "too_few_classes");
        assertThat(refusal.faults().getLast().detail()).contains("2 of 6 are missing, 'cat' among them");
    }

    @Test
    void groupsThatAreNotThereAreRefused() {
        assertThat(refusal(new SplitSpec.Groups(null, false)).code()).isEqualTo("not_one_of");

        SplitException refusal = catchThrowableOfType(
                SplitException.class,
                () -> TaskSplit.of(
                        new SplitSpec.Groups(List.of("art", "fotos", "art"), false),
                        List.of("art/cat", "photos/cat"),
                        List.of("art", "photos"),
                        STREAMS));
        assertThat(refusal.faults()).extracting(Fault::code).containsExactly("not_one_of", "duplicate_value");
        assertThat(refusal.detail()).endsWith("it has [art, photos]. Did you mean 'photos'?");
    }

    private static TaskSplit split(SplitSpec spec) {
        return TaskSplit.of(spec, LABELS, List.of(), STREAMS);
    }

    private static SplitException refusal(SplitSpec spec) {
        return catchThrowableOfType(SplitException.class, () -> split(spec));
    }
}
