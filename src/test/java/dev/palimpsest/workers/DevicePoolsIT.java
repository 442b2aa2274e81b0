package dev.palimpsest.workers;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import dev.palimpsest.jobs.Attempt;
import dev.palimpsest.jobs.AttemptEnd;
import dev.palimpsest.jobs.AttemptRepository;
import dev.palimpsest.jobs.DatabaseWatch;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobHandler;
import dev.palimpsest.jobs.JobQueue;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.jobs.JobState;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.jobs.StopAsk;
import dev.palimpsest.jobs.TestEntries;
import dev.palimpsest.jobs.TestJobs;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.ServiceTest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Several worker nodes in one test, one behaviour a test, on a real PostgreSQL.
@ServiceTest
class DevicePoolsIT {

    private static final SteppingHandler.Work NOTHING = (_, _) -> {};

    @Autowired
    JobQueue queue;

    @Autowired
    JobRepository jobs;

    @Autowired
    AttemptRepository rows;

    @Autowired
    Workers view;

    @Autowired
    DevicePools.Room room;

    @Autowired
    SlotQueue slots;

    @Autowired
    DataSource dataSource;

    @Autowired
    JdbcClient sql;

    @Autowired
    Clock clock;

    TestEntries entries;

    @Autowired
    void entries(JdbcClient client) {
        entries = new TestEntries(client);
    }

    private final TestNodes nodes = new TestNodes();

    @AfterEach
    void stopNodes() {
        nodes.stop();
    }

    @Test
    void eachNodeRunsOnlyItsOwnPool() {
        var byNode = new CopyOnWriteArrayList<String>();
        Job cuda = queue.submit(TestJobs.job("cuda-a"));
        Job cpu = queue.submit(TestJobs.job("cpu-a"));
        node(
                "one",
                "cpu-a",
                1,
                (context, _) -> byNode.add("one " + context.job().id()));
        node(
                "two",
                "cuda-a",
                1,
                (context, _) -> byNode.add("two " + context.job().id()));

        await(cuda, JobState.SUCCEEDED);
        await(cpu, JobState.SUCCEEDED);
        assertThat(byNode).containsExactlyInAnyOrder("one " + cpu.id(), "two " + cuda.id());
        awaitPlaces("cpu-a", 0);
    }

    @Test
    void anEntryThatWaitedLongerThanAnyDefaultIsKept() {
        SchedulerClient.Builder.create(dataSource)
                .enablePriority()
                .build()
                .scheduleIfNotExists(TaskDescriptor.of("train@absent")
                        .instance("old.1")
                        .priority(9)
                        .scheduledTo(Instant.now().minus(Duration.ofDays(60))));
        Job job = queue.submit(TestJobs.job("present"));
        node("one", "present", 1, NOTHING);

        await(job, JobState.SUCCEEDED);
        Job dead = queue.submit(TestJobs.job("present"));
        entries.pick(dead, "nobody/present");
        entries.silence(dead, Duration.ofHours(1));
        await(dead, JobState.SUCCEEDED); // by a round of house-keeping, which begins with entries it does not know
        assertThat(places("absent")).isOne();
    }

    @Test
    void higherPriorityStartsFirst() {
        var order = new CopyOnWriteArrayList<UUID>();
        Job low = queue.submit(TestJobs.job("order", 1, 3, null));
        Job high = queue.submit(TestJobs.job("order", 5, 3, null));
        node("one", "order", 1, (context, _) -> order.add(context.job().id()));

        await(low, JobState.SUCCEEDED);
        assertThat(order).containsExactly(high.id(), low.id());
    }

    @Test
    void manyJobsOnSeveralNodesEachRunOnce() {
        var ran = new CopyOnWriteArrayList<UUID>();
        List<Job> all = IntStream.range(0, 40)
                .mapToObj(_ -> queue.submit(TestJobs.job("many")))
                .toList();
        for (String name : List.of("one", "two", "three", "four")) {
            node(name, "many", 1, (context, _) -> ran.add(context.job().id()));
        }

        all.forEach(job -> await(job, JobState.SUCCEEDED));
        assertThat(ran)
                .containsExactlyInAnyOrderElementsOf(all.stream().map(Job::id).toList());
    }

    @Test
    void cancelReachesARunningJobBetweenSteps() {
        var steps = new AtomicInteger();
        node("one", "cancel", 10_000, (_, _) -> {
            steps.incrementAndGet();
            Thread.sleep(20);
        });
        Job job = queue.submit(TestJobs.job("cancel"));
        await(job, JobState.RUNNING);
        queue.cancel(job.id());

        await(job, JobState.CANCELLED);
        assertThat(steps.get()).isLessThan(10_000);
        awaitPlaces("cancel", 0);
    }

    @Test
    void aPausedJobGoesOnWhereItStopped() {
        var seen = new CopyOnWriteArrayList<Long>();
        node("one", "pause", 60, (_, step) -> {
            seen.add(step);
            Thread.sleep(20);
        });
        Job job = queue.submit(TestJobs.job("pause"));
        await(job, JobState.RUNNING);
        queue.pause(job.id());
        await(job, JobState.PAUSED);
        queue.resume(job.id());

        await(job, JobState.SUCCEEDED);
        assertThat(seen).hasSize(60).doesNotHaveDuplicates().isSorted();
        assertThat(stored(job).attempt()).isEqualTo(2);
        assertThat(stored(job).failures()).isZero();
    }

    @Test
    void aStoppingNodeHandsItsJobBack() {
        DevicePools first = node("one", "hand-back", 1_000, (_, _) -> Thread.sleep(20));
        Job job = queue.submit(TestJobs.job("hand-back"));
        await(job, JobState.RUNNING);
        first.stop();

        assertThat(stored(job).state()).isEqualTo(JobState.QUEUED);
        assertThat(stored(job).statusReason()).contains(StatusReason.HANDED_BACK);
        assertThat(stored(job).failures()).isZero();
        assertThat(places("hand-back")).isOne();
        assertThat(view.list().stream()
                        .filter(worker -> worker.canRun().contains("train@hand-back"))
                        .map(WorkerView::state))
                .containsExactly(WorkerState.STOPPED);
        node("two", "hand-back", 1, NOTHING);
        await(job, JobState.SUCCEEDED);
        assertThat(stored(job).attempt()).isEqualTo(2);
    }

    @Test
    void aJobWithoutASafePointIsStoppedBeforeTheNodeLosesItsPatience() {
        JobHandler stubborn = context -> {
            context.running();
            while (context.stop() != StopAsk.STOP_NOW) {
                Thread.sleep(10);
            }
            return new AttemptEnd.Stopped();
        };
        DevicePools node = node(dataSource, "one", "stubborn", stubborn, Duration.ofSeconds(2));
        Job job = queue.submit(TestJobs.job("stubborn"));
        await(job, JobState.RUNNING);

        node.stop();

        assertThat(stored(job).state()).isEqualTo(JobState.QUEUED);
        assertThat(stored(job).failures()).isZero();
    }

    @Test
    void aJobThatUsesUpItsTimeFails() {
        node("one", "limit", 10_000, (_, _) -> Thread.sleep(20));
        Job job = queue.submit(TestJobs.job("limit", 0, 3, 1L));

        await(job, JobState.FAILED);
        assertThat(stored(job).statusReason()).contains(StatusReason.TIME_LIMIT_EXCEEDED);
        assertThat(stored(job).deviceSeconds()).isBetween(1.0, 20.0);
    }

    @Test
    void anAttemptThatDoesNotReactIsCutOff() throws InterruptedException {
        var hanging = new CountDownLatch(1);
        node("one", "deaf", 10, (_, _) -> hanging.await());
        Job job = queue.submit(TestJobs.job("deaf"));
        await(job, JobState.RUNNING);
        queue.cancel(job.id());

        await(job, JobState.CANCELLED);
        assertThat(hanging.getCount()).isOne();
        hanging.countDown();
        awaitPlaces("deaf", 0);
        assertThat(stored(job).progress()).isEmpty();
    }

    @Test
    void aHandlerThatThrowsIsTriedAgain() {
        node("one", "throws", 1, (context, _) -> {
            if (context.attempt() == 1) {
                throw new IllegalArgumentException("by the test");
            }
        });
        Job job = queue.submit(TestJobs.job("throws"));

        await(job, JobState.SUCCEEDED);
        Attempt first = rows.findByJobIdOrderByNumber(job.id()).getFirst();
        assertThat(first.error().orElseThrow().detail())
                .isEqualTo("The attempt failed unexpectedly (IllegalArgumentException): by the test");
        assertThat(stored(job).failures()).isEqualTo(1);
    }

    @Test
    void heartbeatsThatAreMissedWhileTheDatabaseIsAwaySayNothing() throws InterruptedException {
        var cable = new TestNodes.Cable(dataSource);
        var watched = new TestNodes.Cable(dataSource);
        var database = new DatabaseWatch(watched);
        var firstStep = new CountDownLatch(1);
        var thaw = new CountDownLatch(1);
        var frozen = new SteppingHandler(10, (_, _) -> {
            firstStep.countDown();
            thaw.await();
        });
        DevicePools.Room seesTheOutage = new DevicePools.Room(
                room.attempts(),
                room.events(),
                room.lost(),
                room.names(),
                room.presence(),
                room.slotQueue(),
                room.slotWork(),
                room.storage(),
                database);
        node(seesTheOutage, cable, "one", "outage", frozen);
        Job job = queue.submit(TestJobs.job("outage"));
        assertThat(firstStep.await(20, TimeUnit.SECONDS)).isTrue();
        cable.cut = true;
        watched.cut = true;
        database.look();
        node(seesTheOutage, dataSource, "two", "outage", new SteppingHandler(10, NOTHING));

        Thread.sleep(5_000); // more than twice what it takes to be found dead
        assertThat(stored(job).state()).isEqualTo(JobState.RUNNING);
        cable.cut = false;
        watched.cut = false;
        database.look();
        thaw.countDown();

        await(job, JobState.SUCCEEDED);
        assertThat(stored(job).attempt()).isEqualTo(1);
        assertThat(stored(job).failures()).isZero();
    }

    @Test
    void aNodeWithoutRoomTakesNothingUntilThereIsRoomAgain() throws InterruptedException {
        var shortage = new AtomicReference<Optional<String>>(Optional.empty());
        var ran = new AtomicInteger();
        JobHandler handler = context -> {
            if (ran.incrementAndGet() == 1) {
                shortage.set(Optional.of("full, by the test"));
                return new AttemptEnd.Failed(StatusReason.DISK_FULL, "There is no room.");
            }
            context.running();
            return new AttemptEnd.Finished();
        };
        var work = new WaitingWork();
        work.end.release();
        Job first = queue.submit(TestJobs.job("room"));
        List<Job> later = IntStream.range(0, 5)
                .mapToObj(_ -> queue.submit(TestJobs.job("room")))
                .toList();
        DevicePools.Room parts = with(work);
        node(
                new DevicePools.Room(
                        parts.attempts(),
                        parts.events(),
                        parts.lost(),
                        parts.names(),
                        parts.presence(),
                        parts.slotQueue(),
                        parts.slotWork(),
                        shortage::get,
                        parts.database()),
                dataSource,
                "one",
                "room",
                handler);
        Awaitility.await("the node says that it has no room")
                .atMost(Duration.ofSeconds(20))
                .until(() -> view.poolsShortOfStorage().contains("room"));
        slots.enter(work.name(), "room", Ids.next());

        Thread.sleep(1_500); // seven rounds of looking for work
        assertThat(ran).hasValue(1);
        assertThat(work.turns).isEmpty();
        assertThat(stored(first).state()).isEqualTo(JobState.QUEUED);
        assertThat(stored(first).failures()).isZero();
        shortage.set(Optional.empty());

        later.forEach(job -> await(job, JobState.SUCCEEDED));
        awaitEntries(work, "room", 0);
        assertThat(view.poolsShortOfStorage()).doesNotContain("room");
        assertThat(stored(first).notBefore()).as("it waits a minute").isPresent();
    }

    @Test
    void otherWorkTakesASlotAsAJobDoes() throws InterruptedException {
        var work = new WaitingWork();
        DevicePools node = node(with(work), dataSource, "one", "shared", (_) -> new AttemptEnd.Finished());
        slots.enter(work.name(), "shared", Ids.next());
        assertThat(work.begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        Job job = queue.submit(TestJobs.job("shared"));

        Thread.sleep(1_000); // five rounds of looking for work
        assertThat(stored(job).state()).isEqualTo(JobState.QUEUED);
        work.end.release();

        await(job, JobState.SUCCEEDED);
        awaitEntries(work, "shared", 0);
        node.stop();
        assertThat(work.turns).hasSize(1);
    }

    @Test
    void aStoppingNodeLeavesOtherWorkInTheQueue() throws InterruptedException {
        var work = new WaitingWork();
        DevicePools node = node(with(work), dataSource, "one", "stopped", (_) -> new AttemptEnd.Finished());
        slots.enter(work.name(), "stopped", Ids.next());
        assertThat(work.begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();

        node.stop();

        assertThat(entries(work, "stopped")).isOne();
        work.end.release();
        node(with(work), dataSource, "two", "stopped", (_) -> new AttemptEnd.Finished());
        awaitEntries(work, "stopped", 0);
        assertThat(work.turns).hasSize(2);
        assertThat(work.lost).isEmpty();
    }

    @Test
    void aRestartedNodeTakesUpOtherWorkAtOnce() {
        var work = new WaitingWork();
        work.end.release();
        UUID id = Ids.next();
        slots.enter(work.name(), "killed", id);
        sql.sql("""
                update scheduled_tasks
                   set picked = true, picked_by = 'killed-node/killed', last_heartbeat = now(), version = 7
                 where task_instance = :instance""").param("instance", id.toString()).update();
        Instant start = clock.instant();

        node(with(work), dataSource, "killed-node", "killed", (_) -> new AttemptEnd.Finished());

        awaitEntries(work, "killed", 0);
        assertThat(Duration.between(start, clock.instant())).isLessThan(Duration.ofSeconds(15));
        assertThat(work.lost).containsExactly(id + " at 7");
        assertThat(work.turns).hasSize(1);
        assertThat(work.turns.getFirst().lease()).isGreaterThan(7);
    }

    @Test
    void otherWorkThatCouldNotBeWrittenDownComesAgain() {
        var work = new WaitingWork();
        work.failures.set(1);
        work.end.release();
        UUID id = Ids.next();
        slots.enter(work.name(), "failing", id);

        node(with(work), dataSource, "one", "failing", (_) -> new AttemptEnd.Finished());

        awaitEntries(work, "failing", 0);
        assertThat(work.turns).hasSize(2);
        assertThat(work.lost)
                .containsExactly(id + " at " + work.turns.getFirst().lease());
    }

    /// Work that runs until it may end or its node stops.
    private static final class WaitingWork implements SlotWork {

        private final Semaphore begun = new Semaphore(0);
        private final Semaphore end = new Semaphore(0);
        private final AtomicInteger failures = new AtomicInteger();
        private final List<Turn> turns = new CopyOnWriteArrayList<>();
        private final List<String> lost = new CopyOnWriteArrayList<>();

        @Override
        public String name() {
            return "wait";
        }

        @Override
        public boolean run(Turn turn) {
            turns.add(turn);
            begun.release();
            if (failures.getAndDecrement() > 0) {
                throw new IllegalStateException("by the test");
            }
            while (!turn.stopping().getAsBoolean()) {
                if (end.tryAcquire()) {
                    return true;
                }
                Thread.onSpinWait();
            }
            return false;
        }

        @Override
        public void lost(UUID id, long lease) {
            lost.add(id + " at " + lease);
        }
    }

    private DevicePools.Room with(SlotWork work) {
        return new DevicePools.Room(
                room.attempts(),
                room.events(),
                room.lost(),
                room.names(),
                room.presence(),
                room.slotQueue(),
                List.of(work),
                room.storage(),
                room.database());
    }

    private long entries(SlotWork work, String pool) {
        return entries.count(work.name() + "@" + pool);
    }

    private void awaitEntries(SlotWork work, String pool, long expected) {
        Awaitility.await(work.name() + "@" + pool + " has " + expected + " entries")
                .atMost(Duration.ofSeconds(40))
                .until(() -> entries(work, pool) == expected);
    }

    private DevicePools node(String name, String pool, long steps, SteppingHandler.Work work) {
        return node(dataSource, name, pool, new SteppingHandler(steps, work), Duration.ofSeconds(10));
    }

    private DevicePools node(DataSource database, String name, String pool, JobHandler handler, Duration maxWait) {
        return nodes.start(room, database, name, pool, handler, maxWait);
    }

    private DevicePools node(
            DevicePools.Room parts, DataSource database, String name, String pool, JobHandler handler) {
        return nodes.start(parts, database, name, pool, handler, Duration.ofSeconds(10));
    }

    private void await(Job job, JobState state) {
        Awaitility.await(job.pool() + " " + state)
                .atMost(Duration.ofSeconds(40))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> stored(job).state() == state);
    }

    /// The scheduler removes an entry after the job has moved.
    private void awaitPlaces(String pool, long expected) {
        Awaitility.await(pool + " has " + expected + " places")
                .atMost(Duration.ofSeconds(20))
                .until(() -> places(pool) == expected);
    }

    private Job stored(Job job) {
        return jobs.findById(job.id()).orElseThrow();
    }

    private long places(String pool) {
        return entries.count("train@" + pool);
    }
}
