package dev.palimpsest.workers;

import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.jobs.JobState;
import dev.palimpsest.jobs.Progress;
import dev.palimpsest.jobs.StatusReason;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Who waits for what, and how long still: estimates rest on what was measured, or are empty.
@Component
public class QueuePlaces {

    public static final Place NOWHERE = new Place(null, null, null, null, null);

    private static final Set<JobState> HELD =
            Set.of(JobState.STARTING, JobState.RUNNING, JobState.PAUSING, JobState.CANCELLING);

    private final JobRepository jobs;
    private final Workers workers;
    private final Clock clock;

    QueuePlaces(JobRepository jobs, Workers workers, Clock clock) {
        this.jobs = jobs;
        this.workers = workers;
        this.clock = clock;
    }

    /// Where a job is on its way.
    ///
    /// @param position in the queue of its device, from 1
    public record Place(
            @Nullable Integer position,
            @Nullable String waitingFor,
            @Nullable Instant notBefore,
            @Nullable Instant estimatedStartAt,
            @Nullable Instant estimatedFinishAt) {}

    /// The queue at one moment.
    ///
    /// @param waiting in the order in which jobs will be picked
    public record Snapshot(List<Job> waiting, List<Job> held, Map<UUID, Place> places) {

        public Place place(Job job) {
            return places.getOrDefault(job.id(), NOWHERE);
        }
    }

    /// The places of the given jobs; the queue is looked at only if one of them is in it.
    public Map<UUID, Place> of(List<Job> asked) {
        boolean waits = asked.stream().anyMatch(job -> job.state() == JobState.QUEUED);
        if (waits) {
            var places = new HashMap<>(now().places());
            asked.forEach(job -> places.putIfAbsent(job.id(), apart(job)));
            return places;
        }
        var places = new HashMap<UUID, Place>();
        asked.forEach(job -> places.put(job.id(), apart(job)));
        return places;
    }

    public Snapshot now() {
        List<Job> waiting = jobs.findByStateInOrderByPriorityDescQueuedAtAscIdAsc(Set.of(JobState.QUEUED));
        List<Job> held = jobs.findByStateInOrderByPriorityDescQueuedAtAscIdAsc(HELD);
        Set<String> livePools = workers.livePools();
        Set<String> shortOfStorage = workers.poolsShortOfStorage();
        Instant now = clock.instant();
        var places = new HashMap<UUID, Place>();
        var ahead = new HashMap<String, Integer>();
        held.forEach(job -> places.put(job.id(), apart(job)));
        for (Job job : waiting) {
            int position = ahead.merge(job.pool(), 1, Integer::sum);
            Instant notBefore =
                    job.notBefore().filter(earliest -> earliest.isAfter(now)).orElse(null);
            boolean forStorage = shortOfStorage.contains(job.pool())
                    || (notBefore != null
                            && job.statusReason()
                                    .filter(StatusReason::aboutStorage)
                                    .isPresent());
            String reason = !livePools.contains(job.pool())
                    ? "worker_for_device"
                    : forStorage ? "storage" : notBefore != null ? "backoff" : "free_slot";
            Instant start = position == 1 ? firstEnd(held, job.pool()).orElse(null) : null;
            places.put(job.id(), new Place(position, reason, notBefore, start, null));
        }
        return new Snapshot(waiting, held, places);
    }

    private Place apart(Job job) {
        return switch (job.state()) {
            case RUNNING -> new Place(null, null, null, null, finish(job).orElse(null));
            case QUEUED, STARTING, PAUSING, PAUSED, CANCELLING, SUCCEEDED, FAILED, CANCELLED -> NOWHERE;
        };
    }

    /// When the first of the jobs that hold a slot of the pool will be done, if all of them can be estimated.
    private Optional<Instant> firstEnd(List<Job> held, String pool) {
        var ends = new ArrayList<Instant>();
        for (Job job : held) {
            if (job.pool().equals(pool)) {
                Optional<Instant> end = finish(job);
                if (end.isEmpty()) {
                    return Optional.empty();
                }
                ends.add(end.get());
            }
        }
        return ends.stream().min(Instant::compareTo);
    }

    /// The rest of the way at the pace so far, in steps of ten seconds; empty before the first finished
    /// epoch.
    public Optional<Instant> finish(Job job) {
        Progress reached = job.progress().orElse(null);
        if (reached == null || !(reached.percent() > 0) || (reached.task() == 1 && reached.epoch() <= 1)) {
            return Optional.empty();
        }
        double seconds = job.deviceSeconds() * (100 - reached.percent()) / reached.percent();
        Instant end = clock.instant().plusMillis(Math.round(1000 * seconds)).truncatedTo(ChronoUnit.SECONDS);
        return Optional.of(end.plusSeconds(9 - Math.floorMod(end.getEpochSecond(), 10L)));
    }
}
