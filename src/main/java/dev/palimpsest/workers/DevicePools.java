package dev.palimpsest.workers;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.task.Task;
import dev.palimpsest.jobs.Attempts;
import dev.palimpsest.jobs.DatabaseWatch;
import dev.palimpsest.jobs.Device;
import dev.palimpsest.jobs.JobEvents;
import dev.palimpsest.jobs.JobHandler;
import dev.palimpsest.jobs.Seat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// One scheduler for each device pool of this node, started and stopped with the application.
///
/// A pool has its own scheduler because a scheduler has one thread count for all its tasks: training must not
/// take the threads of short work, nor wait for them. Being a lifecycle bean, it hands running jobs back
/// while the connection pool is still open.
final class DevicePools implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(DevicePools.class);

    /// A scheduler deletes entries of tasks it does not know once they have been due for this long. Entries
    /// of other pools are such entries, so this must be longer than any queue.
    private static final Duration NEVER = Duration.ofDays(36_500);

    private final DataSource dataSource;
    private final NodeSettings node;
    private final Room room;
    private final @Nullable JobHandler handler;
    private List<Running> running = List.of();
    private @Nullable WorkerPresence presence;
    private @Nullable StorageGate gate;

    /// What a node is and has.
    ///
    /// @param devices what the machine offers, at least its CPU
    /// @param onlyNode whether the database belongs to this process alone
    /// @param cutOffAfter how long an attempt may go on after it was asked to stop at once
    record NodeSettings(
            WorkerSettings worker,
            List<Device> devices,
            String engine,
            String release,
            boolean onlyNode,
            Duration cutOffAfter) {}

    /// The rest of this room, as a node needs it.
    ///
    /// @param slotWork what else than jobs takes slots
    /// @param storage whether there is room for what jobs save
    record Room(
            Attempts attempts,
            JobEvents events,
            LostAttempts lost,
            NodeName names,
            Supplier<WorkerPresence> presence,
            SlotQueue slotQueue,
            List<SlotWork> slotWork,
            StorageProbe storage,
            DatabaseWatch database) {

        Room {
            slotWork = List.copyOf(slotWork);
        }
    }

    private record Running(Scheduler scheduler, AttemptTask task, List<SlotTask> slotTasks) {

        void handBack(Duration patience) {
            task.handBack(patience);
            slotTasks.forEach(SlotTask::stop);
        }
    }

    DevicePools(DataSource dataSource, NodeSettings node, Room room, @Nullable JobHandler handler) {
        this.dataSource = dataSource;
        this.node = node;
        this.room = room;
        this.handler = handler;
    }

    @Override
    public boolean isAutoStartup() {
        return node.worker().enabled() && handler != null;
    }

    @Override
    public synchronized void start() {
        if (handler == null) {
            throw new IllegalStateException("Node " + node.worker().nodeName() + " has no handler to run jobs with");
        }
        WorkerPresence self = room.presence().get();
        List<WorkerSettings.Pool> pools = pools();
        List<WorkerNode.Slot> slots =
                pools.stream().flatMap(pool -> slots(pool).stream()).toList();
        WorkerSettings worker = node.worker();
        self.begin(worker.nodeName(), node.release(), node.engine(), slots, worker.heartbeatInterval());
        claimName(self, worker);
        room.lost().ofEarlierProcesses(self.id(), worker.nodeName(), node.onlyNode());
        room.slotWork().forEach(work -> room.slotQueue().release(work, worker.nodeName(), node.onlyNode()));
        presence = self;
        StorageGate storage = new StorageGate(room.storage(), self);
        gate = storage;
        var started = new ArrayList<Running>();
        for (WorkerSettings.Pool pool : pools) {
            started.add(running(pool, self, handler, storage));
        }
        running = List.copyOf(started);
        running.forEach(one -> storage.guard(one.scheduler()));
        storage.shut();
        storage.watch(worker.pollingInterval());
        running.forEach(one -> one.scheduler().start());
        log.info("Worker {} runs {}", worker.nodeName(), pools);
    }

    private void claimName(WorkerPresence self, WorkerSettings worker) {
        if (node.onlyNode()) {
            return;
        }
        try {
            room.names().claim(self.id(), worker.nodeName(), worker.heartbeatInterval());
        } catch (NodeNameTakenException taken) {
            self.end();
            throw taken;
        }
    }

    /// Waits until each running job has reached a safe point and is back in the queue. The scheduler's
    /// patience is twice `shutdown-max-wait`; an attempt that has found no safe point by seven eighths of it
    /// stops between two steps.
    @Override
    public synchronized void stop() {
        WorkerPresence self = presence;
        StorageGate storage = gate;
        if (self == null || storage == null) {
            return;
        }
        storage.close();
        self.drain();
        Duration patience = node.worker().shutdownMaxWait().multipliedBy(7).dividedBy(4);
        running.forEach(one -> one.handBack(patience));
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            running.forEach(one -> executor.execute(one.scheduler()::stop));
        }
        running = List.of();
        self.end();
        presence = null;
    }

    @Override
    public synchronized boolean isRunning() {
        return presence != null;
    }

    private List<WorkerSettings.Pool> pools() {
        if (!node.worker().pools().isEmpty()) {
            return node.worker().pools();
        }
        int gpus = (int) ofKind("cuda").count();
        return List.of(
                gpus > 0 ? new WorkerSettings.Pool("cuda", "cuda", gpus) : new WorkerSettings.Pool("cpu", "cpu", 1));
    }

    private Stream<Device> ofKind(String kind) {
        return node.devices().stream().filter(device -> device.kind().equals(kind));
    }

    /// Slots take the devices of their kind in turn.
    private List<WorkerNode.Slot> slots(WorkerSettings.Pool pool) {
        List<Device> devices = ofKind(pool.device()).toList();
        if (devices.isEmpty()) {
            throw new IllegalStateException("Pool " + pool.name() + " wants " + pool.device()
                    + ", but this machine has only " + node.devices());
        }
        return IntStream.range(0, pool.slots())
                .mapToObj(slot -> new WorkerNode.Slot(pool.name(), slot, devices.get(slot % devices.size())))
                .toList();
    }

    private Running running(WorkerSettings.Pool pool, WorkerPresence self, JobHandler work, StorageGate storage) {
        WorkerSettings worker = node.worker();
        Queue<Seat> seats = slots(pool).stream()
                .map(slot -> new Seat(self.id(), worker.nodeName(), slot.slot(), slot.device()))
                .collect(Collectors.toCollection(ConcurrentLinkedQueue::new));
        BooleanSupplier databaseWasAway = () -> room.database().awayWithin(worker.lostAfter());
        List<SlotTask> slotTasks = room.slotWork().stream()
                .map(other -> new SlotTask(other, room.slotQueue(), pool.name(), seats, storage, databaseWasAway))
                .toList();
        var task = new AttemptTask(
                pool.name(), seats, room.attempts(), room.events(), work, node.cutOffAfter(), storage, databaseWasAway);
        List<Task<?>> tasks = new ArrayList<>();
        tasks.add(task.task());
        slotTasks.forEach(other -> tasks.add(other.task()));
        Scheduler scheduler = Scheduler.create(dataSource, tasks)
                .schedulerName(new SchedulerName.Fixed(worker.nodeName() + "/" + pool.name()))
                .threads(pool.slots())
                .jdbcCustomization(DueEntries.selectedFirst())
                .pollUsingLockAndFetch(0.5, 1.0) // never more than there are free threads
                .pollingInterval(worker.pollingInterval())
                .heartbeatInterval(worker.heartbeatInterval())
                .missedHeartbeatsLimit(WorkerSettings.MISSED_HEARTBEATS)
                .shutdownMaxWait(worker.shutdownMaxWait())
                .deleteUnresolvedAfter(NEVER)
                .enablePriority()
                .build();
        return new Running(scheduler, task, slotTasks);
    }
}
