package dev.palimpsest.experiments;

import dev.palimpsest.experiments.ExperimentRepository.PastJob;
import dev.palimpsest.experiments.Plan.Estimate;
import dev.palimpsest.experiments.Plan.Range;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.results.PlannedTask;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Component;

/// What a plan will cost: time and memory from what finished jobs of the same method and backbone have cost,
/// or nothing; the length of a checkpoint from shapes.
@Component
class Estimates {

    private static final int MOST_JOBS = 50;

    private final ExperimentRepository experiments;

    Estimates(ExperimentRepository experiments) {
        this.experiments = experiments;
    }

    /// @param tasks of one job
    /// @param jobs how many like it
    Estimate of(ExperimentRequest request, VitShape shape, List<PlannedTask> tasks, int jobs) {
        Range checkpoint = CheckpointSize.of(request.method(), shape, tasks);
        List<PastJob> past = experiments.findFinished(
                request.method().info().name(),
                request.backboneId(),
                request.device().name().toLowerCase(Locale.ROOT),
                Limit.of(MOST_JOBS));
        if (past.isEmpty()) {
            return new Estimate(null, null, checkpoint);
        }
        String basis = "%d finished jobs of this method and backbone on this device".formatted(past.size());
        int epochs = request.training() == null ? 1 : request.training().epochs();
        double images = tasks.stream().mapToLong(PlannedTask::trainImages).sum() * (double) epochs
                + imagesAfterTasks(request, tasks);
        var secondsPerImage = past.stream()
                .mapToDouble(job -> job.deviceSeconds() / Math.max(1, job.plannedImages()))
                .summaryStatistics();
        return new Estimate(
                new Range(secondsPerImage.getMin() * images * jobs, secondsPerImage.getMax() * images * jobs, basis),
                bytes(
                        past.stream()
                                .map(PastJob::peakDeviceBytes)
                                .filter(Objects::nonNull)
                                .mapToLong(Long::longValue)
                                .summaryStatistics(),
                        basis),
                checkpoint);
    }

    private static long imagesAfterTasks(ExperimentRequest request, List<PlannedTask> tasks) {
        long images = 0;
        int classes = 0;
        for (PlannedTask task : tasks) {
            classes = Math.max(classes, 1 + Collections.max(task.classIndices()));
            images += request.method().imagesAfterTask(classes);
        }
        return images;
    }

    private static @Nullable Range bytes(LongSummaryStatistics peaks, String basis) {
        return peaks.getCount() == 0 ? null : new Range(peaks.getMin(), peaks.getMax(), basis);
    }
}
