package dev.palimpsest.workers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.jobs.AttemptEnd;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobHandler;
import dev.palimpsest.jobs.JobState;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.jobs.TestJobs;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.ServiceTest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/// What takes a slot beside jobs, and a node that has no room for either.
@ServiceTest
class SlotWorkIT extends RunningNodes {

    @Autowired
    SlotQueue slots;

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
                LockSupport.parkNanos(5_000_000);
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
}
