package dev.palimpsest.experiments;

import dev.palimpsest.catalogue.BackboneRequest;
import dev.palimpsest.catalogue.DatasetFacts;
import dev.palimpsest.catalogue.RegisteredBackbone;
import dev.palimpsest.catalogue.RegisteredDataset;
import dev.palimpsest.data.InputProfile;
import dev.palimpsest.data.ProfileName;
import dev.palimpsest.data.TaskSplit;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.training.TrainingPlan;
import java.util.List;
import java.util.stream.IntStream;

/// What the engine is told of each seed, after every check.
final class RunPlans {

    private static final int SMALL = 32;

    private RunPlans() {}

    static Scenario scenario(TaskSplit split) {
        return split.sharedLabels() ? Scenario.DOMAIN_INCREMENTAL : Scenario.CLASS_INCREMENTAL;
    }

    static TrainingPlan of(
            ExperimentRequest request,
            RegisteredDataset dataset,
            RegisteredBackbone backbone,
            TaskSplit split,
            long seed) {
        List<TrainingPlan.PlannedTask> tasks = IntStream.range(0, split.taskCount())
                .mapToObj(task -> new TrainingPlan.PlannedTask(split.names().get(task), split.classNames(task)))
                .toList();
        return new TrainingPlan(
                dataset.sha256().orElseThrow(),
                backbone.sha256().orElseThrow(),
                scenario(split),
                tasks,
                input(request.input(), dataset.facts().orElseThrow(), backbone),
                request.method(),
                request.training(),
                request.precision().wire(),
                request.evaluation().validationFraction(),
                request.evaluation().after(),
                seed);
    }

    private static InputProfile input(ExperimentRequest.Input asked, DatasetFacts facts, RegisteredBackbone backbone) {
        BackboneRequest own = backbone.request();
        ProfileName profile = asked.profile() == null ? own.inputProfile() : asked.profile();
        int side = asked.imageSize() == null ? backbone.imageSize() : asked.imageSize();
        return InputProfile.named(
                profile.wire(),
                side,
                own.mean().stream().mapToDouble(Double::doubleValue).toArray(),
                own.std().stream().mapToDouble(Double::doubleValue).toArray(),
                own.cropFraction(),
                facts.everyImageHasSide(SMALL));
    }
}
