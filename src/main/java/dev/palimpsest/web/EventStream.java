package dev.palimpsest.web;

import dev.palimpsest.experiments.JobSearch;
import dev.palimpsest.http.HttpLimits;
import dev.palimpsest.http.Wire;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobEvent;
import dev.palimpsest.jobs.JobEvents;
import dev.palimpsest.jobs.JobWatch;
import dev.palimpsest.jobs.Progress;
import dev.palimpsest.settings.RequestRefusedException;
import dev.palimpsest.workers.QueuePlaces;
import io.swagger.v3.oas.annotations.Hidden;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/// The events of a job as server-sent events, from the database: any node serves any stream, and a client
/// goes on after the last number it saw.
@RestController
class EventStream {

    private static final Logger log = LoggerFactory.getLogger(EventStream.class);

    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);
    private static final Duration LONGEST = Duration.ofMinutes(30);
    private static final int PAGE = 100;
    private static final long RECONNECT_MILLIS = 3000;

    private final JobSearch search;
    private final JobEvents events;
    private final QueuePlaces places;
    private final int mostStreams;
    private final Map<String, Integer> open = new ConcurrentHashMap<>();

    EventStream(JobSearch search, JobEvents events, QueuePlaces places, HttpLimits limits) {
        this.search = search;
        this.events = events;
        this.places = places;
        this.mostStreams = limits.streams();
    }

    record ProgressEvent(
            int task,
            int epoch,
            long step,
            double percent,
            @Nullable Double imagesPerSecond,
            @Nullable Instant estimatedFinishAt) {}

    @Hidden
    @GetMapping(path = "/api/v1/jobs/{id}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    ResponseEntity<SseEmitter> stream(
            @PathVariable("id") String id,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String lastSeen,
            @RequestParam(name = "after", defaultValue = "0") long after,
            HttpServletRequest request) {
        Job job = search.get(Wire.jobId(id));
        long last = lastSeen == null ? after : sequence(lastSeen);
        if (job.state().finished() && last >= job.lastEvent()) {
            return ResponseEntity.noContent().build();
        }
        String owner = Wire.owner(request);
        enter(owner);
        var emitter = new SseEmitter(0L);
        Thread.ofVirtual().name("events-" + id).start(() -> {
            try {
                new Stream(emitter, job.id(), last).run();
            } finally {
                open.computeIfPresent(owner, (_, count) -> count == 1 ? null : count - 1);
            }
        });
        return ResponseEntity.ok().contentType(MediaType.TEXT_EVENT_STREAM).body(emitter);
    }

    private void enter(String owner) {
        int now = open.merge(owner, 1, Integer::sum);
        if (now > mostStreams) {
            open.computeIfPresent(owner, (_, count) -> count - 1);
            throw new RequestRefusedException(
                    429,
                    "too_many_streams",
                    "",
                    "One caller may have %d streams (palimpsest.limits.streams).".formatted(mostStreams));
        }
    }

    private static long sequence(String header) {
        try {
            return Long.parseLong(header);
        } catch (NumberFormatException e) {
            throw new RequestRefusedException(
                    400, "invalid_header", "", "Last-Event-ID must be a sequence number, got '%s'.".formatted(header));
        }
    }

    /// One client's stream, on a virtual thread of its own.
    private final class Stream {

        private final SseEmitter emitter;
        private final UUID job;
        private final long start = System.nanoTime();
        private long last;
        private long lastSent = start;
        private @Nullable Progress lastProgress;

        Stream(SseEmitter emitter, UUID job, long last) {
            this.emitter = emitter;
            this.job = job;
            this.last = last;
        }

        void run() {
            // opened before the first look, so that nothing falls between look and wait
            try (JobWatch watch = events.watch(job)) {
                while (!past(start, LONGEST) && !look()) {
                    watch.await(LOOK);
                }
                emitter.complete();
            } catch (IOException e) {
                emitter.completeWithError(e); // the client went away
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                emitter.complete();
            } catch (RuntimeException | Error e) {
                log.warn("The stream of events of {} broke off", job, e);
                emitter.completeWithError(e);
            }
        }

        /// Sends what is new; true after the last event of a finished job.
        private boolean look() throws IOException {
            Job now = search.get(job);
            List<JobEvent> found = events.after(job, last, PAGE);
            for (JobEvent event : found) {
                last = event.sequence();
                send(SseEmitter.event()
                        .id(Long.toString(last))
                        .name(event.type())
                        .reconnectTime(RECONNECT_MILLIS)
                        .data(EventBody.of(event, now), MediaType.APPLICATION_JSON));
            }
            if (now.state().finished() && last >= now.lastEvent()) {
                send(SseEmitter.event().name("end").data("{}"));
                return true;
            }
            progress(now);
            if (past(lastSent, KEEP_ALIVE)) {
                send(SseEmitter.event().comment("keep-alive"));
            }
            return false;
        }

        private void progress(Job now) throws IOException {
            Progress reached = now.progress().orElse(null);
            if (reached == null || reached.equals(lastProgress) || !now.state().held()) {
                return;
            }
            lastProgress = reached;
            var body = new ProgressEvent(
                    reached.task(),
                    reached.epoch(),
                    reached.step(),
                    reached.percent(),
                    reached.imagesPerSecond(),
                    places.finish(now).orElse(null));
            send(SseEmitter.event().name("progress").data(body, MediaType.APPLICATION_JSON));
        }

        private void send(SseEmitter.SseEventBuilder event) throws IOException {
            emitter.send(event);
            lastSent = System.nanoTime();
        }

        private static boolean past(long since, Duration limit) {
            return System.nanoTime() - since > limit.toNanos();
        }
    }
}
