package dev.palimpsest.experiments;

import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.SeedStatistics;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.settings.SettingsBinder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/// What this service has measured under a preset: of the newest experiments that named it and changed nothing of it but
/// the seeds.
@Service
@Transactional(readOnly = true)
public class PresetMeasurements {

    private static final int NEWEST = 20;

    private final ExperimentRepository experiments;
    private final JobSheetRepository sheets;
    private final SeedSummaries summaries;

    PresetMeasurements(ExperimentRepository experiments, JobSheetRepository sheets, SeedSummaries summaries) {
        this.experiments = experiments;
        this.sheets = sheets;
        this.summaries = summaries;
    }

    /// One metric over the seeds of an experiment.
    ///
    /// @param sd null for a single run
    public record Measured(
            String metric,
            double mean,
            @Nullable Double sd,
            int runs,
            String experimentId,
            String datasetId,
            String backboneId) {}

    public List<Measured> of(Preset preset) {
        List<String> metrics =
                preset.published().stream().map(Preset.Published::metric).toList();
        List<Measured> found = new ArrayList<>();
        for (Experiment experiment : experiments.findWithPreset(preset.name(), Limit.of(NEWEST))) {
            if (preset.kept(SettingsBinder.write(experiment.request()))) {
                found.addAll(of(experiment, metrics));
            }
        }
        return found;
    }

    private List<Measured> of(Experiment experiment, List<String> metrics) {
        List<JobSheet> jobs = sheets.findAllById(experiments.findJobs(List.of(experiment.id())).stream()
                .map(JobLine::id)
                .toList());
        return summaries.of(jobs, metrics, EvaluationData.TEST).points().stream()
                .filter(point -> point.tasksLearned() == experiment.taskCount())
                .flatMap(point -> point.metrics().stream())
                .filter(metric -> !metric.values().isEmpty())
                .map(metric -> measured(experiment, metric))
                .toList();
    }

    private static Measured measured(Experiment experiment, SeedSummary.OverSeeds metric) {
        SeedStatistics over = metric.statistics();
        return new Measured(
                metric.definition().wireName(),
                Objects.requireNonNull(over.mean()),
                over.sd(),
                metric.values().size(),
                Ids.experiment(experiment.id()),
                experiment.datasetId(),
                experiment.backboneId());
    }
}
