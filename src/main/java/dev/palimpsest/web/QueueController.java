package dev.palimpsest.web;

import dev.palimpsest.http.ListAnswer;
import dev.palimpsest.http.Pages;
import dev.palimpsest.http.Wire;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.workers.QueuePlaces;
import dev.palimpsest.workers.WorkerState;
import dev.palimpsest.workers.WorkerView;
import dev.palimpsest.workers.Workers;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// The queue as a whole, and the nodes that work at it.
@RestController
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "operations")
class QueueController {

    private final QueuePlaces places;
    private final Workers workers;

    QueueController(QueuePlaces places, Workers workers) {
        this.places = places;
        this.workers = workers;
    }

    record QueueBody(String object, Map<String, PoolBody> byDevice, List<WaitingBody> data, boolean hasMore) {}

    record PoolBody(int waiting, int running, int slots, int workersOnline) {}

    record WaitingBody(
            @Nullable Integer position,
            String jobId,
            String device,
            int priority,
            @Nullable String waitingFor,
            @Nullable Instant notBefore,
            @Nullable Instant queuedAt,
            @Nullable Instant estimatedStartAt) {}

    record WorkerBody(
            String object,
            String id,
            String name,
            String status,
            List<SlotBody> slots,
            List<String> canRun,
            String version,
            String engine,
            Instant startedAt,
            Instant lastHeartbeatAt) {}

    record SlotBody(
            int slot,
            String device,
            String deviceName,
            long memoryBytes,
            @Nullable String jobId,
            @Nullable Integer attempt) {}

    @GetMapping("/queue")
    @Operation(operationId = "getQueue", summary = "Who waits, in which order, and for what")
    QueueBody queue() {
        QueuePlaces.Snapshot queue = places.now();
        List<WorkerView> online = workers.list().stream()
                .filter(worker -> worker.state() == WorkerState.ONLINE)
                .toList();
        var byDevice = new TreeMap<String, PoolBody>();
        Stream.concat(
                        Stream.of("cpu", "cuda"),
                        Stream.concat(queue.waiting().stream().map(Job::pool), pools(online)))
                .distinct()
                .forEach(pool -> byDevice.put(pool, pool(pool, queue, online)));
        List<WaitingBody> waiting = queue.waiting().stream()
                .limit(Pages.MOST)
                .map(job -> waiting(job, queue.place(job)))
                .toList();
        return new QueueBody("queue", byDevice, waiting, queue.waiting().size() > Pages.MOST);
    }

    @GetMapping("/workers")
    @Operation(operationId = "listWorkers", summary = "Nodes that run jobs, newest first")
    ListAnswer<WorkerBody> list() {
        List<WorkerBody> all =
                workers.list().stream().map(QueueController::worker).toList();
        return ListAnswer.of(all, WorkerBody::id, false);
    }

    @GetMapping("/workers/{id}")
    @Operation(operationId = "getWorker", summary = "One node and what runs in its slots")
    WorkerBody get(@PathVariable("id") String id) {
        return workers.find(Wire.workerId(id)).map(QueueController::worker).orElseThrow(Wire.notFound("worker", id));
    }

    private static Stream<String> pools(List<WorkerView> online) {
        return online.stream().flatMap(worker -> worker.slots().stream()).map(WorkerView.Slot::pool);
    }

    private static PoolBody pool(String pool, QueuePlaces.Snapshot queue, List<WorkerView> online) {
        return new PoolBody(
                count(queue.waiting(), pool),
                count(queue.held(), pool),
                (int) pools(online).filter(pool::equals).count(),
                (int) online.stream()
                        .filter(worker -> worker.slots().stream()
                                .anyMatch(slot -> slot.pool().equals(pool)))
                        .count());
    }

    private static int count(List<Job> jobs, String pool) {
        return (int) jobs.stream().filter(job -> job.pool().equals(pool)).count();
    }

    private static WaitingBody waiting(Job job, QueuePlaces.Place place) {
        return new WaitingBody(
                place.position(),
                Ids.job(job.id()),
                job.pool(),
                job.priority(),
                place.waitingFor(),
                place.notBefore(),
                job.queuedAt().orElse(null),
                place.estimatedStartAt());
    }

    private static WorkerBody worker(WorkerView worker) {
        return new WorkerBody(
                "worker",
                Ids.worker(worker.id()),
                worker.name(),
                worker.state().wire(),
                worker.slots().stream().map(QueueController::slot).toList(),
                worker.canRun(),
                worker.release(),
                worker.engine(),
                worker.startedAt(),
                worker.lastHeartbeatAt());
    }

    private static SlotBody slot(WorkerView.Slot slot) {
        return new SlotBody(
                slot.slot(),
                slot.device().kind(),
                slot.device().name(),
                slot.device().memoryBytes(),
                Wire.text(slot.jobId(), Ids.JOB),
                slot.attempt());
    }
}
