package dev.palimpsest.experiments;

import dev.palimpsest.catalogue.DatasetFacts;
import dev.palimpsest.data.TaskSplit;
import dev.palimpsest.experiments.JobSheet.Warning;
import dev.palimpsest.experiments.Plan.PlannedJob;
import dev.palimpsest.results.PlannedTask;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.workers.Workers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/// What a person should know about a request that is carried out all the same.
@Component
class Warnings {

    /// With fewer test images the 95 % interval of an accuracy near one half is wider than 10 points:
    /// `2 * 1.96 * sqrt(0.25 / n) > 0.1`.
    private static final int ENOUGH_TEST_IMAGES = 385;

    private static final int SHOWN = 5;

    private final ExperimentRepository experiments;
    private final Workers workers;

    Warnings(ExperimentRepository experiments, Workers workers) {
        this.experiments = experiments;
        this.workers = workers;
    }

    /// @param split of the first job; with a class order that each job draws, the others differ
    List<Warning> about(ExperimentRequest request, List<PlannedJob> jobs, TaskSplit split, DatasetFacts facts) {
        List<Warning> warnings = new ArrayList<>();
        for (PlannedJob job : jobs) {
            experiments.findSucceeded(job.fingerprint()).stream()
                    .findFirst()
                    .ifPresent(id -> warnings.add(new Warning(
                            "already_run", null, "Job %s has this fingerprint and succeeded.".formatted(Ids.job(id)))));
        }
        if (jobs.size() == 1) {
            warnings.add(new Warning(
                    "single_seed", "seeds", "One seed says nothing about spread; three or more give an interval."));
        }
        Optional.ofNullable(request.preset())
                .flatMap(Presets::find)
                .ifPresent(preset -> warnings.addAll(about(preset, request)));
        if (request.method().keptPerClass() > 0) {
            warnings.add(new Warning(
                    "uses_exemplars",
                    "method.exemplars",
                    "%s keeps %d training images of each class: compare it with methods that do, not with those that keep none."
                            .formatted(
                                    request.method().info().name(),
                                    request.method().keptPerClass())));
        }
        List<String> unusedClasses = split.unusedClasses();
        if (!unusedClasses.isEmpty()) {
            warnings.add(new Warning(
                    "classes_not_used",
                    "split",
                    "%d classes of the data set are in no task: %s%s."
                            .formatted(
                                    unusedClasses.size(),
                                    String.join(
                                            ", ",
                                            unusedClasses.stream().limit(SHOWN).toList()),
                                    unusedClasses.size() > SHOWN ? ", ..." : "")));
        }
        jobs.getFirst().work().tasks().stream()
                .min(Comparator.comparingInt(PlannedTask::testImages))
                .filter(task -> task.testImages() < ENOUGH_TEST_IMAGES)
                .ifPresent(task -> warnings.add(new Warning(
                        "tiny_test_set",
                        "dataset_id",
                        "Task '%s' has %d test images: the 95 %% interval of its accuracy may be wider than 10 points."
                                .formatted(task.name(), task.testImages()))));
        warnings.addAll(DegenerateTasks.warnings(request, split, facts));
        int shared = facts.found("test_images_in_training");
        if (shared > 0) {
            warnings.add(new Warning(
                    "test_images_in_training",
                    "dataset_id",
                    "%d test images are in the training set too.".formatted(shared)));
        }
        String pool = request.device().name().toLowerCase(Locale.ROOT);
        if (!workers.livePools().contains(pool)) {
            warnings.add(new Warning(
                    "no_worker_for_device",
                    "device",
                    "No worker with a pool '%s' is online; the job waits until there is one.".formatted(pool)));
        }
        return warnings;
    }

    private static List<Warning> about(Preset preset, ExperimentRequest request) {
        List<Warning> warnings = new ArrayList<>(preset.warnings());
        JsonNode resolved = SettingsBinder.write(request);
        differs(preset, resolved, "input_profile_differs_from_preset", "input", "profile")
                .ifPresent(warnings::add);
        differs(preset, resolved, "batch_size_differs_from_preset", "training", "batch_size")
                .ifPresent(warnings::add);
        return warnings;
    }

    private static Optional<Warning> differs(
            Preset preset, JsonNode resolved, String code, String object, String field) {
        JsonNode published = preset.request().path(object).path(field);
        JsonNode asked = resolved.path(object).path(field);
        if (published.isMissingNode() || published.equals(asked)) {
            return Optional.empty();
        }
        return Optional.of(new Warning(
                code,
                object + "." + field,
                "Preset %s has %s, the request %s: its published numbers are of another protocol."
                        .formatted(preset.name(), published, asked)));
    }
}
