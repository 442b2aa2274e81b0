package dev.palimpsest.web;

import dev.palimpsest.experiments.JobSearch;
import dev.palimpsest.experiments.JobSheet;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.metrics.Headline;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.Results;
import dev.palimpsest.workers.QueuePlaces;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.stereotype.Component;

/// Gathers what stands in the answer for a job from the rooms that know it.
@Component
class JobBodies {

    private final JobSearch search;
    private final Results results;
    private final CheckpointLibrary checkpoints;
    private final QueuePlaces places;

    JobBodies(JobSearch search, Results results, CheckpointLibrary checkpoints, QueuePlaces places) {
        this.search = search;
        this.results = results;
        this.checkpoints = checkpoints;
        this.places = places;
    }

    JobBody of(Job job) {
        return of(List.of(job)).getFirst();
    }

    List<JobBody> of(List<Job> jobs) {
        List<UUID> ids = jobs.stream().map(Job::id).toList();
        Map<UUID, JobSheet> sheets = search.sheets(ids);
        Map<UUID, Headline> headlines = results.headlines(ids);
        Map<UUID, QueuePlaces.Place> queue = places.of(jobs);
        return jobs.stream()
                .map(job -> JobBody.of(
                        job,
                        new JobBody.Surroundings(
                                sheets.get(job.id()),
                                headlines.get(job.id()),
                                queue.getOrDefault(job.id(), QueuePlaces.NOWHERE),
                                checkpoints.resumable(job))))
                .toList();
    }
}
