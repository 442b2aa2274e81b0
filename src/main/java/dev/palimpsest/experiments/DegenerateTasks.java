package dev.palimpsest.experiments;

import dev.palimpsest.catalogue.DatasetFacts;
import dev.palimpsest.catalogue.DatasetFacts.ClassFacts;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.TaskSplit;
import dev.palimpsest.experiments.JobSheet.Warning;
import dev.palimpsest.methods.ClassScope;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.results.PlannedTask;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Warnings of tasks that are carried out and of which a method learns, or a measure says, nothing.
final class DegenerateTasks {

    private static final int SHOWN = 5;

    private DegenerateTasks() {}

    static List<Warning> warnings(ExperimentRequest request, TaskSplit split, DatasetFacts facts) {
        double fraction = request.evaluation().validationFraction();
        List<PlannedTask> tasks = PlannedTasks.of(split, facts, fraction);
        List<ClassFacts> classes = split.classes().stream()
                .flatMap(List::stream)
                .map(facts.classes()::get)
                .toList();
        List<Warning> warnings = new ArrayList<>();
        learning(request.method(), tasks, warnings);
        statistics(request.method(), classes, fraction, warnings);
        if (fraction > 0) {
            validation(tasks, classes, fraction, warnings);
        }
        return warnings;
    }

    /// A cross-entropy over one class is 0 whatever the weights are.
    private static void learning(MethodSettings method, List<PlannedTask> tasks, List<Warning> warnings) {
        ClassScope scope = method.classScope();
        List<String> alone = scope == null || method.info().traits().joint()
                ? List.of()
                : named(
                        tasks,
                        task -> scope.of(
                                                task.classIndices().getFirst(),
                                                task.classes().size())
                                        .count()
                                == 1);
        if (!alone.isEmpty()) {
            warnings.add(new Warning(
                    "one_class_task",
                    "split",
                    "The cross-entropy of %s runs over one class and is 0: %s learns nothing from their images by it."
                            .formatted(listed("task", alone), method.info().name())));
        }
        List<String> single = named(tasks, task -> task.trainImages() == 1);
        if (!single.isEmpty()) {
            warnings.add(new Warning(
                    "one_image_task", "split", "A single training image makes %s.".formatted(listed("task", single))));
        }
    }

    /// The spread of one image is 0.
    private static void statistics(
            MethodSettings method, List<ClassFacts> classes, double fraction, List<Warning> warnings) {
        List<String> single = classes.stream()
                .filter(one -> one.trainImages() - LearningTask.kept(one.trainImages(), fraction) == 1)
                .map(ClassFacts::label)
                .toList();
        boolean kept = method.alignment() != null || method.infersTask();
        if (kept && !single.isEmpty()) {
            warnings.add(new Warning(
                    "one_image_class",
                    "split",
                    "One training image has no spread: what %s keeps of %s is a point."
                            .formatted(method.info().name(), listed("class", single))));
        }
    }

    private static void validation(
            List<PlannedTask> tasks, List<ClassFacts> classes, double fraction, List<Warning> warnings) {
        List<String> unmeasured = named(tasks, task -> task.validationImages() == 0);
        List<String> without = classes.stream()
                .filter(one -> LearningTask.kept(one.trainImages(), fraction) == 0)
                .map(ClassFacts::label)
                .toList();
        if (!without.isEmpty()) {
            String columns = unmeasured.isEmpty()
                    ? ""
                    : " %s cannot be measured on validation images and is null there."
                            .formatted(capital(listed("task", unmeasured)));
            warnings.add(new Warning(
                    "no_validation_images",
                    "evaluation.validation_fraction",
                    "validation_fraction %s keeps no image of %s.%s"
                            .formatted(fraction, listed("class", without), columns)));
        }
    }

    private static List<String> named(List<PlannedTask> tasks, Predicate<PlannedTask> wanted) {
        return tasks.stream().filter(wanted).map(PlannedTask::name).toList();
    }

    /// As `task 'a'` or `3 tasks ('a', 'b', 'c')`, the first five by name.
    private static String listed(String thing, List<String> names) {
        List<String> shown =
                names.stream().limit(SHOWN).map(name -> "'" + name + "'").toList();
        if (names.size() == 1) {
            return thing + " " + shown.getFirst();
        }
        String plural = thing + (thing.endsWith("s") ? "es" : "s");
        return "%d %s (%s%s)"
                .formatted(names.size(), plural, String.join(", ", shown), names.size() > SHOWN ? ", ..." : "");
    }

    private static String capital(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }
}
