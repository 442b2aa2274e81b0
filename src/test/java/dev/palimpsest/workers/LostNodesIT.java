package dev.palimpsest.workers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.jobs.Attempts;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobState;
import dev.palimpsest.jobs.Seat;
import dev.palimpsest.jobs.TestJobs;
import dev.palimpsest.jobs.TestSeats;
import dev.palimpsest.support.ServiceTest;
import dev.palimpsest.workers.TestNodes.Cable;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Several worker nodes in one test: which takes what, and what becomes of the work of one that goes.
@ServiceTest
class LostNodesIT extends RunningNodes {

    @Autowired
    Attempts attempts;

    TestSeats seats;

    @Autowired
    void seats(JdbcClient client) {
        seats = new TestSeats(client);
    }

    @Test
    void aNodeTakesOneJobASlotWhateverTheStatisticsSay() throws InterruptedException {
        entries.pretendThereIsOne();
        var begun = new Semaphore(0);
        var end = new CountDownLatch(1);
        Job low = queue.submit(TestJobs.job("claims"));
        for (int job = 1; job < 20; job++) {
            queue.submit(TestJobs.job("claims"));
        }
        node("one", "claims", 1, (_, _) -> {
            begun.release();
            end.await();
        });
        assertThat(begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        assertThat(entries.picked("train@claims")).isOne();

        node("two", "claims", 1, (_, _) -> {
            begun.release();
            end.await();
        });
        assertThat(begun.tryAcquire(20, TimeUnit.SECONDS))
                .as("the second node has a share")
                .isTrue();
        assertThat(entries.picked("train@claims")).isEqualTo(2);
        Job urgent = queue.submit(TestJobs.job("claims", 100, 3, null));
        end.countDown();

        await(urgent, JobState.SUCCEEDED);
        assertThat(jobs.countByStateAndPool(JobState.QUEUED, "claims"))
                .as("jobs that the urgent one has overtaken")
                .isPositive();
        await(low, JobState.SUCCEEDED);
    }

    @Test
    void everyJobEndsOnceAlthoughANodeDiesAmongThem() throws InterruptedException {
        entries.pretendThereIsOne();
        var ran = new CopyOnWriteArrayList<UUID>();
        var caught = new CountDownLatch(1);
        var thaw = new CountDownLatch(1);
        var cable = new Cable(dataSource);
        List<Job> all = IntStream.range(0, 20)
                .mapToObj(_ -> queue.submit(TestJobs.job("deaths")))
                .toList();
        node(
                cable,
                "dying",
                "deaths",
                new SteppingHandler(1, (context, _) -> {
                    cable.cut = true;
                    caught.countDown();
                    thaw.await();
                }),
                Duration.ofSeconds(1));
        assertThat(caught.await(20, TimeUnit.SECONDS)).isTrue();
        for (String name : List.of("one", "two")) {
            node(name, "deaths", 1, (context, _) -> ran.add(context.job().id()));
        }

        all.forEach(job -> await(job, JobState.SUCCEEDED));
        assertThat(ran)
                .containsExactlyInAnyOrderElementsOf(all.stream().map(Job::id).toList());
        cable.cut = false;
        thaw.countDown();
        awaitPlaces("deaths", 0);
    }

    @Test
    void aSecondProcessOfTheSameNameRefusesToStart() throws InterruptedException {
        var begun = new Semaphore(0);
        var end = new CountDownLatch(1);
        node("twin", "twins", 1, (_, _) -> {
            begun.release();
            end.await();
        });
        Job job = queue.submit(TestJobs.job("twins"));
        assertThat(begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();

        assertThatThrownBy(() -> node("twin", "twins", 1, NOTHING))
                .isInstanceOf(NodeNameTakenException.class)
                .hasMessageContaining("already runs as node 'twin'")
                .hasMessageContaining("palimpsest.worker.node");

        end.countDown();
        await(job, JobState.SUCCEEDED);
        assertThat(stored(job).attempt()).isOne();
        assertThat(view.list().stream()
                        .filter(worker -> worker.name().equals("twin"))
                        .map(WorkerView::state))
                .containsExactly(WorkerState.STOPPED, WorkerState.ONLINE);
    }

    @Test
    void aCancelledJobEndsAlthoughItsWorkerIsGone() {
        Job job = queue.submit(TestJobs.job("bereft"));
        entries.pick(job, "gone/bereft");
        assertThat(attempts.start(job.place(), 2, seats.of("gone", "bereft"))).isPresent();
        entries.silence(job, Duration.ofMinutes(1));
        queue.cancel(job.id());
        node("heir", "bereft", 1, NOTHING);

        await(job, JobState.CANCELLED);
        awaitPlaces("bereft", 0);
    }

    @Test
    void aWorkerCutOffFromTheDatabaseIsReplacedAndCanNoLongerWrite() throws InterruptedException {
        var cable = new Cable(dataSource);
        var firstStep = new CountDownLatch(1);
        var thaw = new CountDownLatch(1);
        var frozen = new SteppingHandler(10, (_, _) -> {
            firstStep.countDown();
            thaw.await();
        });
        DevicePools cut = node(cable, "one", "lost", frozen, Duration.ofSeconds(10));
        Job job = queue.submit(TestJobs.job("lost"));
        assertThat(firstStep.await(20, TimeUnit.SECONDS)).isTrue();
        cable.cut = true;
        node("two", "lost", 10, (_, _) -> Thread.sleep(10));
        node("three", "lost", 10, (_, _) -> Thread.sleep(10));

        await(job, JobState.SUCCEEDED);
        assertThat(stored(job).attempt()).isEqualTo(2);
        assertThat(stored(job).failures()).isEqualTo(1);
        cable.cut = false;
        thaw.countDown();
        cut.stop();
        assertThat(stored(job).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(stored(job).progress().orElseThrow().step()).isEqualTo(10);
        awaitPlaces("lost", 0);
    }

    /// A frozen process keeps what it has locked for as long as the server lets it.
    @Test
    void aJobThatAFrozenProcessHasLockedCanBeCancelled() throws SQLException {
        Job job = queue.submit(TestJobs.job("frozen"));
        Connection frozen = dataSource.getConnection();
        try (Statement statement = frozen.createStatement()) {
            statement.execute("show idle_in_transaction_session_timeout");
            try (ResultSet limit = statement.getResultSet()) {
                assertThat(limit.next()).isTrue();
                assertThat(limit.getString(1)).isEqualTo("30s");
            }
            statement.execute("set idle_in_transaction_session_timeout = '1s'"); // the test has no time for 30
            frozen.setAutoCommit(false);
            statement.execute("select id from jobs where id = '" + job.id() + "' for update");

            queue.cancel(job.id());

            assertThat(stored(job).state()).isEqualTo(JobState.CANCELLED);
            assertThatThrownBy(() -> statement.execute("select 1")).isInstanceOf(SQLException.class);
        } finally {
            frozen.abort(Runnable::run);
        }
    }

    @Test
    void aRestartedNodeTakesUpItsJobsAtOnce() {
        Seat before = seats.of("restarted", "again");
        Job job = queue.submit(TestJobs.job("again"));
        entries.pick(job, "restarted/again");
        assertThat(attempts.start(job.place(), 2, before)).isPresent();
        Job picked = queue.submit(TestJobs.job("again"));
        entries.pick(picked, "restarted/again");
        Instant start = clock.instant();

        node("restarted", "again", 1, NOTHING);

        await(job, JobState.SUCCEEDED);
        await(picked, JobState.SUCCEEDED);
        assertThat(Duration.between(start, clock.instant())).isLessThan(Duration.ofSeconds(15));
        assertThat(rows.findByJobIdOrderByNumber(job.id()))
                .extracting(attempt -> attempt.endReason().orElseThrow())
                .containsExactly("worker_lost", "finished");
        assertThat(view.find(before.worker()).orElseThrow().state()).isEqualTo(WorkerState.LOST);
        awaitPlaces("again", 0);
    }
}
