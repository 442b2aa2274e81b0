package dev.palimpsest.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.jobs.Device;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.CheckpointRepository;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.Api.Answer;
import dev.palimpsest.support.ServiceTest;
import dev.palimpsest.training.EvaluationProtocol;
import dev.palimpsest.workers.SlotQueue;
import dev.palimpsest.workers.SlotWork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;

/// Turns of an evaluation: who may write, what a lost worker leaves behind, what became of the checkpoint meanwhile.
@ServiceTest
@Tag("engine")
class EvaluationTurnsIT extends EvaluatedRun {

    @Autowired
    Evaluations evaluations;

    @Autowired
    EvaluationRepository rows;

    @Autowired
    CheckpointLibrary library;

    @Autowired
    CheckpointRepository checkpoints;

    @Autowired
    SlotQueue slots;

    @Autowired
    TransactionTemplate transaction;

    @Autowired
    JdbcClient sql;

    @Autowired
    Clock clock;

    @Test
    void aDamagedCheckpointFailsAndIsRefusedFromThenOn() throws IOException {
        Run other = learn("{\"name\": \"nearest_class_mean\"}", "");
        String checkpoint = other.checkpoints().getLast();
        try (Stream<Path> files = Files.walk(Path.of("target/test-home/checkpoints"))) {
            Path file = files.filter(one -> one.toString().contains(checkpoint)
                            && one.toString().endsWith("heads.safetensors"))
                    .findFirst()
                    .orElseThrow();
            Files.write(file, new byte[] {1}, StandardOpenOption.APPEND);
        }

        String id = ask(checkpoint, "{}").body().path("id").stringValue("");
        JsonNode failed = api.awaitStatus("/evaluations/" + id, Set.of("failed"), SOON);
        Answer again = ask(checkpoint, "{}");

        assertThat(failed.at("/error/code").stringValue("")).isEqualTo("checkpoint_corrupt");
        assertThat(failed.get("correct").isNull()).isTrue();
        assertThat(failed.get("finished_at").isNull()).isFalse();
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.body().path("code").stringValue("")).isEqualTo("checkpoint_not_ready");
    }

    @Test
    void aCheckpointThatIsGoneWhenItsTurnComesFails() {
        Run other = learn("{\"name\": \"nearest_class_mean\"}", "");
        CheckpointRow row = library.find(
                        Ids.parse(Ids.CHECKPOINT, other.checkpoints().getFirst())
                                .orElseThrow())
                .orElseThrow();
        checkpoints.delete(row);
        UUID id = waiting(row).id();
        transaction.executeWithoutResult(_ -> slots.enter(Evaluations.WORK, "cpu", id));

        JsonNode failed = api.awaitStatus("/evaluations/" + Ids.evaluation(id), Set.of("failed"), SOON);

        assertThat(failed.at("/error/code").stringValue("")).isEqualTo("checkpoint_corrupt");
        assertThat(failed.at("/error/detail").stringValue("")).endsWith("is no longer kept.");
    }

    @Test
    void whatAReplacedWorkerWritesIsDropped() {
        UUID id = waiting(newest()).id();
        SlotWork.Turn first = picked(id, 2);
        assertThat(evaluations.begin(first)).isPresent();
        evaluations.lose(id, 2);
        SlotWork.Turn second = picked(id, 4);
        assertThat(evaluations.begin(first)).as("after its pick has gone").isEmpty();
        assertThat(evaluations.begin(second)).isPresent();

        evaluations.fail(first, StatusReason.INTERNAL_ERROR, "Late.");
        evaluations.lose(id, 2);

        assertThat(rows.findById(id).orElseThrow().state()).isEqualTo(OperationState.RUNNING);
        assertThat(rows.findById(id).orElseThrow().failure()).isEmpty();
    }

    @Test
    void whoHasThePickTakesAnEvaluationThatWasLeftRunning() {
        UUID id = waiting(newest()).id();
        assertThat(evaluations.begin(picked(id, 2))).isPresent();

        assertThat(evaluations.begin(picked(id, 4))).isPresent();

        evaluations.lose(id, 2);
        assertThat(rows.findById(id).orElseThrow().state()).isEqualTo(OperationState.RUNNING);
    }

    @Test
    void anEvaluationThatTakesItsWorkersDownIsGivenUp() {
        UUID id = waiting(newest()).id();
        for (long lease = 1; lease <= Evaluation.MAX_FAILURES; lease++) {
            assertThat(evaluations.begin(picked(id, lease))).isPresent();
            evaluations.lose(id, lease);
        }

        JsonNode given = api.get("/evaluations/" + Ids.evaluation(id)).body();
        assertThat(given.path("status").stringValue("")).isEqualTo("failed");
        assertThat(given.at("/error/code").stringValue("")).isEqualTo("retry_limit_exceeded");
    }

    @Test
    void theSweepLetsAnEvaluationWaitAgainThatNoEntryStandsFor() {
        UUID id = waiting(newest()).id();
        assertThat(evaluations.begin(picked(id, 2))).isPresent();
        sql.sql("delete from scheduled_tasks where task_instance = :id")
                .param("id", id.toString())
                .update();

        sql.sql("update scheduled_tasks set execution_time = now() where task_name = 'sweep' and not picked")
                .update();

        api.awaitStatus("/evaluations/" + Ids.evaluation(id), Set.of("succeeded"), SOON);
    }

    /// A turn as if another worker had it; the service leaves it alone until its heartbeat is old.
    private SlotWork.Turn picked(UUID id, long lease) {
        sql.sql("""
                insert into scheduled_tasks
                       (task_name, task_instance, execution_time, priority, picked, picked_by, last_heartbeat, version)
                values ('evaluate@cpu', :id, now(), 0, true, 'test', now(), :lease)
                    on conflict (task_name, task_instance) do update set version = :lease""").param("id", id.toString()).param("lease", lease).update();
        return new SlotWork.Turn(id, "cpu", lease, new Device("cpu", 0, "", 0), () -> false);
    }

    private CheckpointRow newest() {
        return library.find(
                        Ids.parse(Ids.CHECKPOINT, run().checkpoints().getLast()).orElseThrow())
                .orElseThrow();
    }

    /// An evaluation that nobody picks unless its place is put into the queue.
    private Evaluation waiting(CheckpointRow row) {
        var request = new EvaluationRequest(null, EvaluationProtocol.PER_IMAGE, 256, null);
        return rows.save(new Evaluation(Ids.next(), row, request, null, "local", clock.instant()));
    }
}
