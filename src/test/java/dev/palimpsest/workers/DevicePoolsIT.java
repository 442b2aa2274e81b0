package dev.palimpsest.workers;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import dev.palimpsest.jobs.Attempt;
import dev.palimpsest.jobs.AttemptEnd;
import dev.palimpsest.jobs.DatabaseWatch;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobHandler;
import dev.palimpsest.jobs.JobState;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.jobs.StopAsk;
import dev.palimpsest.jobs.TestJobs;
import dev.palimpsest.support.ServiceTest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Several worker nodes in one test, one behaviour a test, on a real PostgreSQL.
@ServiceTest
class DevicePoolsIT extends RunningNodes {

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
}
