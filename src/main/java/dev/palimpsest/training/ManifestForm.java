package dev.palimpsest.training;

import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.CheckpointManifest.CountRow;
import dev.palimpsest.checkpoints.CheckpointManifest.KnownClass;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Stage;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A run's position, classes and counts in the form of a manifest, where everything counts from 1, and back.
final class ManifestForm {

    private ManifestForm() {}

    /// The task to go on with, from 0.
    static int task(CheckpointManifest manifest) {
        return manifest.kind() == CheckpointManifest.Kind.IN_TASK ? manifest.task() - 1 : manifest.task();
    }

    /// The epoch of that task to go on with, from 0.
    static int epoch(CheckpointManifest manifest) {
        Integer complete = manifest.epoch();
        return complete == null ? 0 : complete;
    }

    /// Seconds of training so far in that task; 0 if the manifest does not say.
    static double trainSeconds(CheckpointManifest manifest) {
        Double seconds = manifest.trainSeconds();
        return seconds == null ? 0 : seconds;
    }

    static List<KnownClass> classes(List<LearningTask> tasks) {
        List<KnownClass> result = new ArrayList<>();
        for (LearningTask task : tasks) {
            for (int c = 0; c < task.classCount(); c++) {
                result.add(new KnownClass(task.labels().get(c), task.index() + 1, task.classes()[c]));
            }
        }
        return result;
    }

    static List<CountRow> counts(List<RunState.Row> rows) {
        List<CountRow> result = new ArrayList<>();
        for (RunState.Row row : rows) {
            for (Map.Entry<Measure, List<@Nullable Integer>> one :
                    row.counts().correct().entrySet()) {
                result.add(new CountRow(
                        row.task() + 1,
                        row.stage().wireName(),
                        row.data().wireName(),
                        one.getKey().wireName(),
                        row.counts().testImages(),
                        one.getValue()));
            }
        }
        return result;
    }

    static List<RunState.Row> rows(CheckpointManifest manifest) {
        Map<String, List<CountRow>> groups = new LinkedHashMap<>();
        for (CountRow row : manifest.counts()) {
            groups.computeIfAbsent(row.afterTask() + "/" + row.stage() + "/" + row.data(), key -> new ArrayList<>())
                    .add(row);
        }
        return groups.values().stream().map(ManifestForm::row).toList();
    }

    private static RunState.Row row(List<CountRow> measures) {
        CountRow any = measures.getFirst();
        Map<Measure, List<@Nullable Integer>> correct = new EnumMap<>(Measure.class);
        for (CountRow one : measures) {
            correct.put(Measure.named(one.measure()), one.correct());
        }
        return new RunState.Row(
                any.afterTask() - 1,
                Stage.valueOf(any.stage().toUpperCase(Locale.ROOT)),
                EvaluationData.named(any.data()),
                new MeasuredRow(any.images(), correct));
    }
}
