package dev.palimpsest.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.fail;

import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.ServiceTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Scanner;
import java.util.UUID;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

@ServiceTest
class JobQueueIT {

    @Autowired
    JobQueue queue;

    @Autowired
    JobRepository jobs;

    @Autowired
    JobEvents events;

    @Autowired
    JdbcClient sql;

    @Autowired
    TransactionTemplate transaction;

    @Test
    void aJobAndItsPlaceInTheQueueAreOneTransaction() {
        assertThatThrownBy(() -> transaction.execute(_ -> {
                    queue.submit(TestJobs.job("rollback"));
                    throw new IllegalArgumentException("after the insert");
                }))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(count("select count(*) from jobs where pool = 'rollback'")).isZero();
        assertThat(places("rollback")).isZero();
    }

    @Test
    void whatWasSubmittedIsReadBack() {
        NewJob asked = TestJobs.job("read-back", 7, 2, 60L);
        Job job = stored(queue.submit(asked));

        assertThat(job.state()).isEqualTo(JobState.QUEUED);
        assertThat(job.experimentId()).isEqualTo(asked.experimentId());
        assertThat(job.priority()).isEqualTo(7);
        assertThat(job.seed()).isEqualTo(42);
        assertThat(job.payload()).isEqualTo("{\"what\": \"nothing\"}");
        assertThat(job.maxSeconds()).contains(60L);
        assertThat(job.progress()).isEmpty();
        assertThat(job.transitions()).extracting(StatusTransition::status).containsExactly("queued");
        assertThat(types(job)).containsExactly("job.created", "job.queued");
        assertThat(places("read-back")).isOne();
    }

    @Test
    void aPausedJobComesBackAtANewPlace() {
        Job job = queue.submit(TestJobs.job("resume"));
        queue.pause(job.id());
        assertThat(places("resume")).isZero();

        Job resumed = queue.resume(job.id());

        assertThat(resumed.place().entry()).isEqualTo(2);
        assertThat(places("resume")).isOne();
        assertThat(types(job)).containsExactly("job.created", "job.queued", "job.paused", "job.resumed", "job.queued");
    }

    @Test
    void aRetryIsANewJobWithTheSameWork() {
        Job first = queue.submit(TestJobs.job("retry"));
        UUID checkpoint = Ids.next();
        sql.sql("update jobs set latest_checkpoint_id = :checkpoint where id = :id")
                .param("checkpoint", checkpoint)
                .param("id", first.id())
                .update();
        queue.cancel(first.id());

        Job again = stored(queue.retry(first.id(), false));
        Job fromStart = stored(queue.retry(first.id(), true));

        assertThat(again.retryOf()).contains(first.id());
        assertThat(again.state()).isEqualTo(JobState.QUEUED);
        assertThat(again.fingerprint()).isEqualTo(first.fingerprint());
        assertThat(again.goesOnFrom()).contains(checkpoint);
        assertThat(again.latestCheckpointId()).isEmpty();
        assertThat(fromStart.goesOnFrom()).isEmpty();
        assertThat(stored(first).retriedBy()).contains(fromStart.id());
        assertThat(stored(first).state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void anUnknownJobIsNamed() {
        UUID id = Ids.next();

        assertThatThrownBy(() -> queue.cancel(id))
                .isInstanceOf(NoSuchJobException.class)
                .hasMessage("There is no job " + Ids.job(id) + ".");
    }

    /// Rows of the contract's table: `done` and `asked` are the answers 200 and 202, `finished` the refusal
    /// that says that the job has ended, `refused` any other.
    static Stream<Arguments> actions() {
        List<String> states = List.of(
                "queued", "starting", "running", "pausing", "paused", "cancelling", "succeeded", "failed", "cancelled");
        String table = """
                cancel done    asked   asked   asked   done    done    finished finished done
                pause  done    asked   asked   done    done    refused refused  refused  refused
                resume refused refused refused refused done    refused refused  refused  refused
                retry  refused refused refused refused refused refused refused  done     done
                """;
        return table.lines().flatMap(line -> {
            List<String> cells = new Scanner(line).tokens().toList();
            var rows = new ArrayList<Arguments>();
            for (int state = 0; state < states.size(); state++) {
                rows.add(Arguments.of(cells.get(0), states.get(state), cells.get(state + 1)));
            }
            return rows.stream();
        });
    }

    @ParameterizedTest(name = "{0} a {1} job: {2}")
    @MethodSource("actions")
    void everyActionInEveryState(String action, String state, String answer) {
        Job job = queue.submit(TestJobs.job("walk"));
        sql.sql("update jobs set state = :state where id = :id")
                .param("state", state.toUpperCase(Locale.ROOT))
                .param("id", job.id())
                .update();

        String got;
        try {
            got = act(action, job.id());
        } catch (WrongStateException e) {
            got = e.alreadyFinished() ? "finished" : "refused";
            assertThat(e.state().wire()).isEqualTo(state);
            assertThat(e.allowedActions()).doesNotContain(action);
            assertThat(e).hasMessageContaining(Ids.job(job.id())).hasMessageContaining(state);
            assertThat(stored(job).state().wire()).isEqualTo(state);
        }

        assertThat(got).isEqualTo(answer);
    }

    private String act(String action, UUID id) {
        return switch (action) {
            case "cancel" -> queue.cancel(id).asked() ? "asked" : "done";
            case "pause" -> queue.pause(id).asked() ? "asked" : "done";
            case "resume" -> queue.resume(id).state() == JobState.QUEUED ? "done" : "not queued";
            case "retry" -> queue.retry(id, true).retryOf().isPresent() ? "done" : "not linked";
            default -> fail("unknown action " + action);
        };
    }

    private List<String> types(Job job) {
        List<JobEvent> all = events.after(job.id(), 0, 100);
        assertThat(all)
                .extracting(JobEvent::sequence)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, all.size()).boxed().toList());
        return all.stream().map(JobEvent::type).toList();
    }

    private Job stored(Job job) {
        return jobs.findById(job.id()).orElseThrow();
    }

    private long places(String pool) {
        return count("select count(*) from scheduled_tasks where task_name = 'train@" + pool + "'");
    }

    private long count(String query) {
        return sql.sql(query).query(Long.class).single();
    }
}
