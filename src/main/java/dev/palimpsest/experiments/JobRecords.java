package dev.palimpsest.experiments;

import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.jobs.Attempt;
import dev.palimpsest.jobs.AttemptRepository;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.settings.SettingsBinder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.node.ObjectNode;

/// Puts the reproduction record of a job together.
@Service
public class JobRecords {

    /// Kept with the attempts, shown among the inputs.
    public static final String PROGRAM = "program_sha256";

    private final JobRepository jobs;
    private final AttemptRepository attempts;

    JobRecords(JobRepository jobs, AttemptRepository attempts) {
        this.jobs = jobs;
        this.attempts = attempts;
    }

    @Transactional(readOnly = true)
    public Optional<JobRecord> find(UUID jobId) {
        return jobs.findById(jobId).map(this::of);
    }

    private JobRecord of(Job job) {
        JobPayload payload = JobPayload.of(job);
        ObjectNode request = (ObjectNode) SettingsBinder.write(payload.request());
        request.put("precision", job.precision());
        List<Map<String, @Nullable Object>> environments = environments(job.id());
        String program = environments.stream()
                .map(environment -> environment.get(PROGRAM))
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .findFirst()
                .orElse(null);
        environments.forEach(environment -> environment.remove(PROGRAM));
        return new JobRecord(
                "job_record",
                Ids.job(job.id()),
                job.fingerprint(),
                request,
                classOrder(payload),
                streams(job.seed()),
                new JobRecord.Inputs(
                        payload.plan().datasetSha256(), payload.plan().backboneSha256(), program),
                environments);
    }

    private List<Map<String, @Nullable Object>> environments(UUID job) {
        List<Map<String, @Nullable Object>> environments = new ArrayList<>();
        for (Attempt attempt : attempts.findByJobIdOrderByNumber(job)) {
            if (!attempt.environment().isEmpty()) {
                environments.add(new LinkedHashMap<>(attempt.environment()));
            }
        }
        return environments;
    }

    private static List<String> classOrder(JobPayload payload) {
        if (payload.plan().scenario() == Scenario.DOMAIN_INCREMENTAL) {
            return payload.tasks().getFirst().classes();
        }
        return payload.tasks().stream().flatMap(task -> task.classes().stream()).toList();
    }

    private static Map<String, String> streams(long seed) {
        RandomStreams streams = new RandomStreams(seed);
        Map<String, String> digests = new LinkedHashMap<>();
        for (RandomStreams.Stream stream : RandomStreams.Stream.values()) {
            digests.put(stream.wireName(), streams.digest(stream));
        }
        return digests;
    }
}
