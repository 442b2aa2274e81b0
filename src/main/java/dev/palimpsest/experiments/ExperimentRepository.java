package dev.palimpsest.experiments;

import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.JpaSpecificationExecutor;
import org.springframework.data.jpa.repository.Query;

/// Experiments as rows, with the short look at their jobs that lists need.
interface ExperimentRepository extends JpaRepository<Experiment, UUID>, JpaSpecificationExecutor<Experiment> {

    /// What a finished job has cost.
    ///
    /// @param plannedImages training images, each counted once an epoch
    record PastJob(
            double deviceSeconds,
            long plannedImages,
            @Nullable Long peakDeviceBytes) {}

    @Query("""
            select new dev.palimpsest.experiments.JobLine(
                     job.id, job.experimentId, job.ordinal, job.seed, job.state,
                     case when job.startedAt is null then false else true end,
                     case when job.retriedBy is null then false else true end)
              from Job job
             where job.experimentId in :experiments
             order by job.ordinal, job.id""")
    List<JobLine> findJobs(Collection<UUID> experiments);

    @Query("""
            select job.id from Job job
             where job.fingerprint = :fingerprint
               and job.state = dev.palimpsest.jobs.JobState.SUCCEEDED
             order by job.id desc""")
    List<UUID> findSucceeded(String fingerprint);

    @Query("""
            select experiment from Experiment experiment
             where experiment.presetName = :preset
             order by experiment.id desc""")
    List<Experiment> findWithPreset(String preset, Limit limit);

    @Query("""
            select new dev.palimpsest.experiments.ExperimentRepository$PastJob(
                     job.deviceSeconds, experiment.plannedImages,
                     (select max(attempt.peakDeviceBytes) from Attempt attempt where attempt.jobId = job.id))
              from Job job, Experiment experiment
             where job.experimentId = experiment.id
               and job.state = dev.palimpsest.jobs.JobState.SUCCEEDED
               and experiment.methodName = :method
               and experiment.backboneId = :backbone
               and job.pool = :pool
             order by job.id desc""")
    List<PastJob> findFinished(String method, String backbone, String pool, Limit limit);
}
