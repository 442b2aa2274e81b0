package dev.palimpsest.experiments;

import dev.palimpsest.catalogue.Backbones;
import dev.palimpsest.catalogue.DatasetFacts;
import dev.palimpsest.catalogue.DatasetState;
import dev.palimpsest.catalogue.Datasets;
import dev.palimpsest.catalogue.RegisteredBackbone;
import dev.palimpsest.catalogue.RegisteredDataset;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.data.SplitException;
import dev.palimpsest.data.SplitSpec;
import dev.palimpsest.data.TaskSplit;
import dev.palimpsest.experiments.Plan.PlannedJob;
import dev.palimpsest.experiments.Plan.PlannedJobWork;
import dev.palimpsest.methods.ContinualMethods;
import dev.palimpsest.methods.MethodInfo;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.results.PlannedTask;
import dev.palimpsest.settings.Fault;
import dev.palimpsest.settings.Faults;
import dev.palimpsest.settings.RequestRefusedException;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.settings.SettingsCheck;
import dev.palimpsest.settings.Suggestion;
import dev.palimpsest.training.TrainingPlan;
import dev.palimpsest.workers.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// From a request to plans: defaults, every fault at once, one plan a seed, warnings. Plan and create share
/// it, so their verdicts are the same. Tasks count from 1 on its outer side.
@Component
class PlanResolver {

    /// An unknown data set may have had a split of its own.
    private static final Fault NO_SPLIT = new Fault("missing_field", "split", "The request needs 'split'.");

    private final Datasets datasets;
    private final Backbones backbones;
    private final Workers workers;
    private final Warnings warnings;
    private final Estimates estimates;
    private final LimitSettings limits;
    private final PictureRoom room;

    PlanResolver(
            Datasets datasets,
            Backbones backbones,
            Workers workers,
            Warnings warnings,
            Estimates estimates,
            LimitSettings limits,
            PictureRoom room) {
        this.datasets = datasets;
        this.backbones = backbones;
        this.workers = workers;
        this.warnings = warnings;
        this.estimates = estimates;
        this.limits = limits;
        this.room = room;
    }

    /// @throws RequestRefusedException with every fault of the request, or because it cannot fit here
    Plan resolve(JsonNode body) {
        if (!(body instanceof ObjectNode asked)) {
            throw new RequestRefusedException(422, SettingsCheck.check(body, ExperimentRequest.class, ""));
        }
        ObjectNode given =
                text(asked, "preset").map(name -> preset(name).below(asked)).orElse(asked);
        RegisteredDataset dataset =
                text(given, "dataset_id").flatMap(datasets::find).orElse(null);
        RegisteredBackbone backbone =
                text(given, "backbone_id").flatMap(backbones::find).orElse(null);
        MethodInfo method =
                text(given.path("method"), "name").flatMap(PlanResolver::method).orElse(null);
        ObjectNode tree = RequestDefaults.fill(given, method, dataset, backbone);
        tree.put("device", device(tree));

        Faults faults = new Faults();
        faults.addAll(shapeFaults(given, tree, method).stream()
                .filter(fault -> dataset != null || !fault.equals(NO_SPLIT))
                .toList());
        checkTraining(given, method, faults);
        if (method != null) {
            faults.addAll(TraitCheck.faults(given, tree, method));
        }
        checkDataset(tree, dataset, faults);
        checkBackbone(tree, backbone, faults);
        checkNetwork(tree, method, backbone, faults);
        checkSplit(tree, dataset, keptPerClass(tree, method, faults), faults);
        checkJobs(tree, faults);
        faults.refuseIfAny();
        if (dataset == null || backbone == null) {
            throw new IllegalStateException("a request without data set or backbone has no fault");
        }
        return plan(SettingsBinder.read(tree, ExperimentRequest.class), dataset, backbone);
    }

    private static Optional<String> text(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isString() ? Optional.of(value.stringValue()) : Optional.empty();
    }

    /// @throws RequestRefusedException if there is none of that name: without it the rest cannot be judged
    private static Preset preset(String name) {
        return Presets.find(name).orElseThrow(() -> {
            List<String> known = Presets.all().stream().map(Preset::name).toList();
            return new RequestRefusedException(
                    422,
                    "unknown_preset",
                    "preset",
                    "There is no preset '%s'; presets are %s.%s"
                            .formatted(name, String.join(", ", known), Suggestion.of(name, known)));
        });
    }

    private static Optional<MethodInfo> method(String name) {
        return ContinualMethods.all().stream()
                .filter(info -> info.name().equals(name))
                .findFirst();
    }

    /// The device that the job will wait for; anything that is none is left for the check to find.
    private String device(ObjectNode tree) {
        JsonNode asked = tree.path("device");
        if (asked.isMissingNode() || "auto".equals(asked.stringValue(""))) {
            return workers.livePools().contains("cuda") ? "cuda" : "cpu";
        }
        return asked.stringValue("");
    }

    private static List<Fault> shapeFaults(ObjectNode given, ObjectNode tree, @Nullable MethodInfo method) {
        ObjectNode checked = tree;
        if (given.has("device") && !given.get("device").isString()) {
            checked = tree.deepCopy();
            checked.set("device", given.get("device"));
        }
        if (method == null || !RequestDefaults.trains(method, given)) {
            checked = checked.deepCopy();
            checked.remove("training"); // without a recipe below it, a part of one looks incomplete
        }
        return SettingsCheck.check(checked, ExperimentRequest.class, "").stream()
                .map(fault -> unknownMethod(fault, tree))
                .toList();
    }

    private static Fault unknownMethod(Fault fault, ObjectNode tree) {
        if (!fault.param().equals("method.name") || !fault.code().equals("not_one_of")) {
            return fault;
        }
        String asked = text(tree.path("method"), "name").orElse("");
        List<String> known =
                ContinualMethods.all().stream().map(MethodInfo::name).toList();
        return new Fault(
                "unknown_method",
                fault.param(),
                "There is no method '%s'; methods are %s.%s"
                        .formatted(asked, String.join(", ", known), Suggestion.of(asked, known)));
    }

    private static void checkTraining(ObjectNode given, @Nullable MethodInfo method, Faults faults) {
        if (method == null || !given.has("training")) {
            return;
        }
        boolean none = given.get("training").isNull();
        boolean trains = RequestDefaults.trains(method, given);
        if (!trains && !none) {
            String with = method.trainsWith();
            faults.add(
                    "not_supported_by_method",
                    "training",
                    with == null
                            ? "%s does not train; leave 'training' out.".formatted(method.name())
                            : "%s trains only where 'method.%s' is an object; leave 'training' out, or set it."
                                    .formatted(method.name(), with));
        }
        if (trains && none) {
            faults.add("wrong_type", "training", "training must be an object, got null.");
        }
    }

    private void checkDataset(ObjectNode tree, @Nullable RegisteredDataset dataset, Faults faults) {
        if (!faults.clean("dataset_id")) {
            return;
        }
        if (dataset == null) {
            String asked = text(tree, "dataset_id").orElse("");
            faults.add(
                    "unknown_dataset",
                    "dataset_id",
                    "There is no data set '%s'.%s".formatted(asked, Suggestion.of(asked, datasets.ids())));
            return;
        }
        switch (dataset.state()) {
            case READY -> {}
            case CHECKING ->
                faults.add(
                        "dataset_not_ready",
                        "dataset_id",
                        "Data set '%s' is still being checked.".formatted(dataset.id()));
            case INVALID ->
                faults.add(
                        "dataset_not_ready",
                        "dataset_id",
                        "Data set '%s' is invalid; its checks say why.".formatted(dataset.id()));
            case UNAVAILABLE ->
                faults.add(
                        "dataset_unavailable",
                        "dataset_id",
                        "The files of data set '%s' are gone or have changed.".formatted(dataset.id()));
        }
    }

    private void checkBackbone(ObjectNode tree, @Nullable RegisteredBackbone backbone, Faults faults) {
        if (!faults.clean("backbone_id")) {
            return;
        }
        if (backbone == null) {
            String asked = text(tree, "backbone_id").orElse("");
            faults.add(
                    "unknown_backbone",
                    "backbone_id",
                    "There is no backbone '%s'.%s".formatted(asked, Suggestion.of(asked, backbones.ids())));
            return;
        }
        switch (backbone.state()) {
            case READY -> {}
            case VERIFYING ->
                faults.add(
                        "backbone_not_ready",
                        "backbone_id",
                        "Backbone '%s' is still being verified.".formatted(backbone.id()));
            case MISSING, CORRUPT ->
                faults.add(
                        "backbone_not_ready",
                        "backbone_id",
                        "Backbone '%s' is %s; register it again."
                                .formatted(backbone.id(), backbone.state().wire()));
        }
    }

    private static void checkNetwork(
            ObjectNode tree, @Nullable MethodInfo method, @Nullable RegisteredBackbone backbone, Faults faults) {
        if (backbone == null) {
            return;
        }
        VitShape shape = backbone.shape();
        JsonNode side = tree.path("input").path("image_size");
        if (faults.clean("input") && side.isIntegralNumber() && side.intValue() % shape.patch() != 0) {
            faults.add(
                    "out_of_range",
                    "input.image_size",
                    "image_size must be a multiple of the patch size %d of backbone '%s', got %d."
                            .formatted(shape.patch(), backbone.id(), side.intValue()));
        }
        if (method != null && faults.clean("method")) {
            MethodSettings settings = SettingsBinder.read(tree.get("method"), MethodSettings.class, "method");
            settings.faults(shape)
                    .forEach(fault -> faults.add(fault.code(), "method." + fault.param(), fault.detail()));
        }
    }

    private static int keptPerClass(ObjectNode tree, @Nullable MethodInfo method, Faults faults) {
        return method == null || !faults.clean("method")
                ? 0
                : SettingsBinder.read(tree.get("method"), MethodSettings.class, "method")
                        .keptPerClass();
    }

    /// @param kept how many training images of each class the method keeps
    private void checkSplit(ObjectNode tree, @Nullable RegisteredDataset dataset, int kept, Faults faults) {
        boolean ready = dataset != null && dataset.state() == DatasetState.READY;
        if (dataset == null || !ready || !faults.clean("split")) {
            return;
        }
        DatasetFacts facts = dataset.facts().orElseThrow();
        try {
            SplitSpec spec = SettingsBinder.read(tree.get("split"), SplitSpec.class, "split");
            long seed = faults.clean("seeds") ? tree.path("seeds").path(0).asLong(0) : 0;
            TaskSplit split = TaskSplit.of(spec, facts.labels(), facts.report().groups(), new RandomStreams(seed));
            double validation = faults.clean("evaluation")
                    ? tree.path("evaluation").path("validation_fraction").asDouble(0)
                    : 0;
            faults.addAll(PlannedTasks.faults(split, facts, validation, kept));
        } catch (SplitException unfit) {
            faults.addAll(unfit.faults());
        }
    }

    private void checkJobs(ObjectNode tree, Faults faults) {
        int jobs = tree.path("seeds").size();
        if (faults.clean("seeds") && jobs > limits.jobsPerExperiment()) {
            faults.add(
                    "too_many_jobs",
                    "seeds",
                    "An experiment has at most %d jobs (palimpsest.limits.jobs-per-experiment), got %d."
                            .formatted(limits.jobsPerExperiment(), jobs));
        }
    }

    private Plan plan(ExperimentRequest request, RegisteredDataset dataset, RegisteredBackbone backbone) {
        DatasetFacts facts = dataset.facts().orElseThrow();
        List<PlannedJob> jobs = new ArrayList<>();
        TaskSplit first = split(request, facts, request.seeds().getFirst());
        for (long seed : request.seeds()) {
            TaskSplit split = split(request, facts, seed);
            List<PlannedTask> tasks =
                    PlannedTasks.of(split, facts, request.evaluation().validationFraction());
            TrainingPlan plan = RunPlans.of(request, dataset, backbone, split, seed);
            jobs.add(new PlannedJob(seed, plan.fingerprint(), new PlannedJobWork(plan, tasks)));
        }
        List<PlannedTask> tasks = jobs.getFirst().work().tasks();
        jobs.forEach(job -> room.check(facts, job.work().tasks(), backbone));
        if (request.device() == ExperimentRequest.DeviceWish.CPU) {
            room.check(request.method(), backbone);
        }
        return new Plan(
                request,
                RunPlans.scenario(first),
                tasks,
                jobs,
                warnings.about(request, jobs, first, facts),
                estimates.of(request, backbone.shape(), tasks, jobs.size()));
    }

    private static TaskSplit split(ExperimentRequest request, DatasetFacts facts, long seed) {
        return TaskSplit.of(request.split(), facts.labels(), facts.report().groups(), new RandomStreams(seed));
    }
}
