package dev.palimpsest.training;

import dev.palimpsest.checkpoints.ServedModel;
import dev.palimpsest.checkpoints.ServedModel.AdapterCoefficients;
import dev.palimpsest.checkpoints.ServedModel.Crop;
import dev.palimpsest.checkpoints.ServedModel.HeadRows;
import dev.palimpsest.checkpoints.ServedModel.Resize;
import dev.palimpsest.checkpoints.ServedModel.ServedBy;
import dev.palimpsest.checkpoints.ServedModel.Snapshot;
import dev.palimpsest.data.InputProfile;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.methods.NetworkCopy;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.DenseChange;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.NumericMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The model that a run has come to, in the form of a manifest.
final class ModelForm {

    private ModelForm() {}

    /// @param tasks of the plan
    /// @param learned how many of them
    /// @param inference of the method after them; null for no finished model
    static ServedModel of(
            TrainingEngine engine,
            InputProfile input,
            List<LearningTask> tasks,
            int learned,
            @Nullable Inference inference) {
        List<LearningTask> known = tasks.subList(0, learned);
        ServedModel.Inference served = null;
        if (inference != null) {
            int scored = end(inference.masksUnseen() ? known : tasks);
            served = new ServedModel.Inference(
                    servedBy(inference),
                    scored,
                    snapshots(
                            inference,
                            engine.adapters(),
                            learned,
                            engine.shape().depth()));
            requireSaved(inference, engine);
        }
        return new ServedModel(
                network(engine.shape()),
                pixels(input),
                numbers(engine.mode()),
                heads(known),
                featureMap(engine.projectedWidth()),
                served);
    }

    private static ServedModel.@Nullable FeatureMap featureMap(@Nullable Integer width) {
        return width == null ? null : new ServedModel.FeatureMap(ServedModel.MapKind.RELU_PROJECTION, width);
    }

    private static ServedModel.Network network(VitShape shape) {
        return new ServedModel.Network(
                shape.imageSize(),
                shape.patch(),
                shape.grid(),
                shape.depth(),
                shape.width(),
                shape.heads(),
                shape.mlp());
    }

    private static ServedModel.Pixels pixels(InputProfile input) {
        Resize resize = switch (input.evaluation()) {
            case AS_IS -> Resize.NONE;
            case DIRECT -> Resize.SQUARE;
            case SHORTER_SIDE_THEN_CROP -> Resize.SHORTER_SIDE;
        };
        ServedModel.Filter filter = switch (input.evaluateFilter()) {
            case BILINEAR -> ServedModel.Filter.BILINEAR;
            case BICUBIC -> ServedModel.Filter.BICUBIC;
        };
        return new ServedModel.Pixels(
                input.side(),
                resize,
                resize == Resize.NONE ? null : input.evaluateSize(),
                resize == Resize.NONE ? null : filter,
                resize == Resize.SHORTER_SIDE ? Crop.CENTRE : Crop.NONE,
                Arrays.stream(input.mean()).boxed().toList(),
                Arrays.stream(input.std()).boxed().toList());
    }

    private static ServedModel.Numbers numbers(NumericMode mode) {
        return new ServedModel.Numbers(mode.compute() == ElementType.BFLOAT16 ? "bf16" : "fp32", mode.name());
    }

    private static List<HeadRows> heads(List<LearningTask> known) {
        return known.stream()
                .map(task -> new HeadRows(task.index() + 1, task.firstClass(), task.classCount()))
                .toList();
    }

    private static int end(List<LearningTask> tasks) {
        return tasks.stream()
                .mapToInt(task -> task.firstClass() + task.classCount())
                .max()
                .orElse(0);
    }

    private static ServedBy servedBy(Inference inference) {
        return switch (inference) {
            case Inference.Latest _, Inference.OfCopy _ -> ServedBy.LATEST;
            case Inference.ByInferredTask _, Inference.ByBatchMajority _ -> ServedBy.INFERRED_TASK;
        };
    }

    private static List<Snapshot> snapshots(Inference inference, AdapterSettings adapters, int learned, int depth) {
        return switch (inference) {
            case Inference.Latest latest -> List.of(snapshot(learned, latest.view(), adapters));
            case Inference.OfCopy of -> List.of(snapshot(learned, of.copy(), adapters, depth));
            case Inference.ByInferredTask each -> {
                List<Snapshot> all = new ArrayList<>();
                for (AdapterView view : each.snapshots()) {
                    all.add(snapshot(all.size() + 1, view, adapters));
                }
                yield all;
            }
            case Inference.ByBatchMajority vote -> snapshots(vote.each(), adapters, learned, depth);
        };
    }

    /// The files have one dense change, which is the bank's.
    private static void requireSaved(Inference inference, TrainingEngine engine) {
        List<AdapterView> views = switch (inference) {
            case Inference.Latest latest -> List.of(latest.view());
            case Inference.OfCopy of -> List.of(of.copy().start());
            case Inference.ByInferredTask each -> each.snapshots();
            case Inference.ByBatchMajority vote -> vote.each().snapshots();
        };
        for (AdapterView view : views) {
            if (view.dense() != null && view.dense() != engine.network().bank().dense()) {
                throw new IllegalStateException("a dense change that classifies must be the one that the bank keeps");
            }
        }
    }

    private static Snapshot snapshot(int task, AdapterView view, AdapterSettings adapters) {
        List<AdapterCoefficients> all = new ArrayList<>();
        for (SiteValues each : view.coefficients()) {
            all.add(new AdapterCoefficients(all.size() + 1, coefficients(each, adapters)));
        }
        DenseChange dense = view.dense();
        return new Snapshot(task, all, dense == null ? null : blocks(dense));
    }

    /// A backbone that has trained holds all of its start; else the start is that of the view, and an adapter of the
    /// copy has the number 0.
    private static Snapshot snapshot(int task, NetworkCopy copy, AdapterSettings adapters, int depth) {
        Snapshot start = snapshot(task, copy.trainsBackbone() ? AdapterView.NONE : copy.start(), adapters);
        if (copy.adapter() == null) {
            return start;
        }
        List<AdapterCoefficients> all = new ArrayList<>(start.adapters());
        all.add(new AdapterCoefficients(0, coefficients(adapters.scales(depth), adapters)));
        return new Snapshot(task, all, start.dense());
    }

    private static Map<String, List<Integer>> blocks(DenseChange dense) {
        Map<String, List<Integer>> bySite = new LinkedHashMap<>();
        for (AdapterSite site : dense.sites()) {
            bySite.computeIfAbsent(site.matrix().wire(), _ -> new ArrayList<>()).add(site.block());
        }
        return bySite;
    }

    private static Map<String, List<Double>> coefficients(SiteValues each, AdapterSettings adapters) {
        Map<String, List<Double>> bySite = new LinkedHashMap<>();
        for (AdapterSite site : adapters.all()) {
            bySite.computeIfAbsent(site.matrix().wire(), _ -> new ArrayList<>()).add(each.at(site));
        }
        return bySite;
    }
}
