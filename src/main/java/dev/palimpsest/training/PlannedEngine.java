package dev.palimpsest.training;

import dev.palimpsest.data.InputProfile;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.methods.AdapterChoice;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.PixelRecipe;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TorchRuntime;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// From a plan to the engine that runs it.
///
/// @param tasks of the plan, with the rows of their images
/// @param evaluationBatch test images decoded at once
public record PlannedEngine(TrainingPlan plan, List<LearningTask> tasks, Pictures pictures, int evaluationBatch) {

    /// Place of the heads in the stream `init`; adapters are drawn at place 0 of their task.
    private static final int HEADS = 1;

    /// For a method without adapters.
    private static final AdapterSettings NO_ADAPTERS = new AdapterSettings(1, Set.of(), 0, 1);

    /// A network for the whole run, with its pictures. The caller closes it, and the backbone afterwards.
    public TorchTrainingEngine open(TorchRuntime runtime, Backbone backbone, NumericMode mode, StopRequest stop) {
        AdapterChoice adapters = plan.method().adapters();
        Network network = new Network(
                runtime,
                backbone,
                adapters == null ? NO_ADAPTERS : adapters.on(backbone.shape()),
                classes(),
                plan.method().info().traits().trainsBackbone(),
                mode,
                pixels(plan.input()),
                plan.method().headStart(),
                new RandomStreams(plan.seed()).seed(RandomStreams.Stream.INIT, 0, 0, HEADS));
        return new TorchTrainingEngine(network, pictures, plan.scenario(), evaluationBatch, stop);
    }

    private int classes() {
        return tasks.stream()
                .mapToInt(task -> task.firstClass() + task.classCount())
                .max()
                .orElseThrow();
    }

    static PixelRecipe pixels(InputProfile input) {
        int evaluation = switch (input.evaluation()) {
            case AS_IS -> 0;
            case DIRECT -> 1;
            case SHORTER_SIDE_THEN_CROP -> 2;
        };
        return new PixelRecipe(
                input.augment(),
                input.cropMin(),
                input.cropMax(),
                input.trainFilter() == InputProfile.Filter.BICUBIC,
                input.flip(),
                input.brightness(),
                evaluation,
                input.evaluateSize(),
                input.evaluateFilter() == InputProfile.Filter.BICUBIC,
                Arrays.stream(input.mean()).boxed().toList(),
                Arrays.stream(input.std()).boxed().toList());
    }
}
