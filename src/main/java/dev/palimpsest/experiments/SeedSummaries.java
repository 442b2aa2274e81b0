package dev.palimpsest.experiments;

import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.jobs.JobState;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.results.Results;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/// What came of an experiment over its seeds.
@Service
@Transactional(readOnly = true)
public class SeedSummaries {

    private final JobRepository jobs;
    private final Results results;

    SeedSummaries(JobRepository jobs, Results results) {
        this.jobs = jobs;
        this.results = results;
    }

    /// Metrics of the jobs of an experiment over their seeds, by grid point.
    ///
    /// Of a chain of retries the newest succeeded job counts; jobs without success are missing, never
    /// imputed.
    public SeedSummary of(List<JobSheet> sheets, List<String> metricNames, EvaluationData data) {
        Map<UUID, JobSheet> sheetOf = sheets.stream().collect(Collectors.toMap(JobSheet::jobId, sheet -> sheet));
        Map<Integer, Job> newest = new TreeMap<>();
        for (Job job : jobs.findAllById(sheetOf.keySet())) {
            newest.merge(job.ordinal(), job, SeedSummaries::better);
        }
        return SeedSummary.of(
                List.copyOf(newest.values()),
                sheetOf,
                metricNames,
                job -> results.metrics(job.id(), Measure.TOP1, Stage.FINAL, data));
    }

    private static Job better(Job one, Job other) {
        boolean oneSucceeded = one.state() == JobState.SUCCEEDED;
        boolean otherSucceeded = other.state() == JobState.SUCCEEDED;
        if (oneSucceeded != otherSucceeded) {
            return oneSucceeded ? one : other;
        }
        return one.id().compareTo(other.id()) > 0 ? one : other;
    }
}
