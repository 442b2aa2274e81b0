package dev.palimpsest.experiments;

import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobQueue;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.jobs.NoSuchJobException;
import dev.palimpsest.results.TaskRowRepository;
import jakarta.persistence.criteria.CriteriaBuilder;
import jakarta.persistence.criteria.Predicate;
import jakarta.persistence.criteria.Root;
import jakarta.persistence.criteria.Subquery;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.data.jpa.domain.Specification;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/// Jobs together with what they are about.
@Service
@Transactional(readOnly = true)
public class JobSearch {

    private final JobRepository jobs;
    private final JobSheetRepository sheets;
    private final TaskRowRepository tasks;
    private final JobQueue queue;

    JobSearch(JobRepository jobs, JobSheetRepository sheets, TaskRowRepository tasks, JobQueue queue) {
        this.jobs = jobs;
        this.sheets = sheets;
        this.tasks = tasks;
        this.queue = queue;
    }

    /// A job that has to be there.
    ///
    /// @throws NoSuchJobException if there is none
    public Job get(UUID id) {
        return jobs.findById(id).orElseThrow(() -> new NoSuchJobException(id));
    }

    public Optional<JobSheet> sheet(UUID jobId) {
        return sheets.findById(jobId);
    }

    /// What jobs are about, by their ids.
    public Map<UUID, JobSheet> sheets(Collection<UUID> jobIds) {
        return sheets.findAllById(jobIds).stream().collect(Collectors.toMap(JobSheet::jobId, sheet -> sheet));
    }

    /// What the jobs of an experiment are about.
    public List<JobSheet> ofExperiment(UUID experimentId) {
        List<UUID> ids = jobs.findByExperimentIdOrderByOrdinalAscIdAsc(experimentId).stream()
                .map(Job::id)
                .toList();
        return sheets.findAllById(ids);
    }

    /// Jobs in the order of their creation.
    ///
    /// @param after the last job of the page before; empty at the beginning
    public List<Job> find(JobFilter filter, @Nullable UUID after, boolean ascending, int limit) {
        Specification<Job> wanted = (job, query, build) -> {
            var all = new ArrayList<Predicate>();
            own(filter, job, build, all);
            if (query != null) {
                Subquery<UUID> described = query.subquery(UUID.class);
                Root<JobSheet> sheet = described.from(JobSheet.class);
                var about = new ArrayList<Predicate>();
                described(filter, sheet, build, about);
                if (!about.isEmpty()) {
                    described.select(sheet.get("jobId")).where(about.toArray(Predicate[]::new));
                    all.add(job.get("id").in(described));
                }
            }
            return build.and(all.toArray(Predicate[]::new));
        };
        return Rows.page(jobs, wanted, after, ascending, limit);
    }

    /// Does the work of a job that failed or was cancelled once more, as a new job.
    ///
    /// @param fromStart false to go on from the newest checkpoint
    @Transactional
    public Job retry(UUID id, boolean fromStart) {
        Job again = queue.retry(id, fromStart);
        sheets.findById(id).ifPresent(sheet -> sheets.save(sheet.of(again.id())));
        tasks.saveAll(tasks.findByJobIdOrderByTask(id).stream()
                .map(task -> task.plannedFor(again.id()))
                .toList());
        return again;
    }

    private static void own(JobFilter filter, Root<Job> job, CriteriaBuilder build, List<Predicate> all) {
        Rows.in(job.get("state"), filter.states(), all);
        Rows.in(job.get("statusReason"), filter.reasons(), all);
        Rows.in(job.get("experimentId"), filter.experiments(), all);
        Rows.in(job.get("seed"), filter.seeds(), all);
        Rows.in(job.get("pool"), filter.devices(), all);
        Rows.in(job.get("fingerprint"), filter.fingerprints(), all);
        Rows.in(job.get("owner"), filter.owners(), all);
        if (filter.createdAfter() != null) {
            all.add(build.greaterThan(job.get("createdAt"), filter.createdAfter()));
        }
        if (filter.createdBefore() != null) {
            all.add(build.lessThan(job.get("createdAt"), filter.createdBefore()));
        }
    }

    private static void described(
            JobFilter filter, Root<JobSheet> sheet, CriteriaBuilder build, List<Predicate> about) {
        Rows.in(sheet.get("methodName"), filter.methods(), about);
        Rows.in(sheet.get("datasetId"), filter.datasets(), about);
        Rows.in(sheet.get("backboneId"), filter.backbones(), about);
        Rows.in(sheet.get("parentCheckpointId"), filter.parents(), about);
        filter.metadata()
                .forEach((key, values) -> Rows.in(
                        build.function(
                                "jsonb_extract_path_text", String.class, sheet.get("metadata"), build.literal(key)),
                        values,
                        about));
    }
}
