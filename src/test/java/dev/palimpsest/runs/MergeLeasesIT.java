package dev.palimpsest.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointStore;
import dev.palimpsest.jobs.Device;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.model.MergeRule;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.results.MergeDrafts;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.Api;
import dev.palimpsest.support.ServiceTest;
import dev.palimpsest.workers.SlotWork;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/// Who holds a merge, and what becomes of one whose worker is gone.
@ServiceTest
@Tag("engine")
class MergeLeasesIT {

    @LocalServerPort
    int port;

    @Autowired
    Merges merges;

    @Autowired
    MergeWork work;

    @Autowired
    MergeRepository rows;

    @Autowired
    MergeDrafts drafts;

    @Autowired
    CheckpointLibrary library;

    @Autowired
    CheckpointStore store;

    @Autowired
    JdbcClient sql;

    @Autowired
    Clock clock;

    private Api api = new Api(0);
    private List<String> sources = List.of();

    @BeforeEach
    void connect() throws IOException {
        api = new Api(port);
        MergeSources inputs = new MergeSources(api);
        sources = List.of(inputs.part(0), inputs.part(2));
    }

    @AfterEach
    void disconnect() {
        api.close();
    }

    @Test
    void whatAReplacedWorkerWritesIsDropped() {
        UUID id = waiting();
        SlotWork.Turn first = picked(id, 2, false);
        assertThat(merges.begin(first)).isPresent();
        merges.lose(id, 2);
        SlotWork.Turn second = picked(id, 4, false);
        assertThat(merges.begin(first)).as("after its pick has gone").isEmpty();
        assertThat(merges.begin(second)).isPresent();

        merges.fail(first, StatusReason.INTERNAL_ERROR, "Late.");
        merges.lose(id, 2);

        assertThat(rows.findById(id).orElseThrow().state()).isEqualTo(OperationState.RUNNING);
        assertThat(rows.findById(id).orElseThrow().failure()).isEmpty();
    }

    @Test
    void theCheckpointOfAReplacedWorkerIsRemoved() throws IOException {
        UUID id = waiting();
        SlotWork.Turn first = picked(id, 2, false);
        CheckpointMerge asked = merges.begin(first).orElseThrow();
        MergeWork.Outcome outcome = work.result(asked, first).orElseThrow();
        CheckpointKey key = outcome.merged().checkpoint().key();
        assertThat(store.list(Ids.merge(id))).containsExactly(key);
        merges.lose(id, 2);

        work.succeed(first, outcome);

        assertThat(store.list(Ids.merge(id))).isEmpty();
        assertThat(library.find(CheckpointLibrary.id(key))).isEmpty();
        assertThat(rows.findById(id).orElseThrow().checkpointId()).isEmpty();
    }

    @Test
    void whatALostAttemptPublishedIsRemovedByTheNext() throws IOException {
        UUID id = waiting();
        SlotWork.Turn first = picked(id, 2, false);
        work.result(merges.begin(first).orElseThrow(), first);
        assertThat(store.list(Ids.merge(id))).hasSize(1);
        merges.lose(id, 2);

        SlotWork.Turn second = picked(id, 4, false);
        assertThat(work.run(second)).isTrue();

        CheckpointMerge done = rows.findById(id).orElseThrow();
        assertThat(done.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(store.list(Ids.merge(id)))
                .singleElement()
                .satisfies(key -> assertThat(key.checkpointId())
                        .isEqualTo(Ids.checkpoint(done.checkpointId().orElseThrow())));
    }

    @Test
    void aStopGivesItBackAndSavesNothing() {
        UUID id = waiting();

        assertThat(work.run(picked(id, 2, true))).isFalse();

        assertThat(rows.findById(id).orElseThrow().state()).isEqualTo(OperationState.QUEUED);
        assertThat(store.list(Ids.merge(id))).isEmpty();
    }

    @Test
    void aDraftIsBeingWrittenOnlyInTheAttemptThatRuns() {
        UUID id = waiting();
        assertThat(drafts.writing(id, 1)).isFalse();
        merges.begin(picked(id, 2, false));

        assertThat(drafts.writing(id, 1)).isTrue();
        assertThat(drafts.writing(id, 2)).isFalse();
        merges.lose(id, 2);
        assertThat(drafts.writing(id, 1)).isFalse();
        assertThat(drafts.writing(Ids.next(), 1)).isFalse();
    }

    @Test
    void aMergeThatTakesItsWorkersDownIsGivenUp() {
        UUID id = waiting();
        for (long lease = 1; lease <= Operation.MAX_FAILURES; lease++) {
            assertThat(merges.begin(picked(id, lease, false))).isPresent();
            merges.lose(id, lease);
        }

        JsonNode given = api.get("/merges/" + Ids.merge(id)).body();
        assertThat(given.path("status").stringValue("")).isEqualTo("failed");
        assertThat(given.at("/error/code").stringValue("")).isEqualTo("retry_limit_exceeded");
        assertThat(given.at("/error/detail").stringValue("")).endsWith("lost over this merge.");
    }

    @Test
    void theSweepLetsAMergeWaitAgainThatNoEntryStandsFor() {
        UUID id = waiting();
        assertThat(merges.begin(picked(id, 2, false))).isPresent();
        sql.sql("delete from scheduled_tasks where task_instance = :id")
                .param("id", id.toString())
                .update();

        sql.sql("update scheduled_tasks set execution_time = now() where task_name = 'sweep' and not picked")
                .update();

        api.awaitStatus("/merges/" + Ids.merge(id), Set.of("succeeded"), MergeSources.SOON);
    }

    /// A turn as if another worker had it; the service leaves it alone until its heartbeat is old.
    private SlotWork.Turn picked(UUID id, long lease, boolean stopping) {
        sql.sql("""
                insert into scheduled_tasks
                       (task_name, task_instance, execution_time, priority, picked, picked_by, last_heartbeat, version)
                values ('merge@cpu', :id, now(), 0, true, 'test', now(), :lease)
                    on conflict (task_name, task_instance) do update set version = :lease""").param("id", id.toString()).param("lease", lease).update();
        return new SlotWork.Turn(id, "cpu", lease, new Device("cpu", 0, "", 0), () -> stopping);
    }

    /// A merge that nobody picks unless its place is put into the queue.
    private UUID waiting() {
        var request = new MergeRequest(
                null,
                sources.stream()
                        .map(id -> new MergeRequest.SourceRequest(id, 1))
                        .toList(),
                new MergeRule.Average(),
                0,
                true);
        List<CheckpointRow> checkpoints = Stream.of(sources.get(0), sources.get(1))
                .map(id -> library.find(Ids.parse(Ids.CHECKPOINT, id).orElseThrow())
                        .orElseThrow())
                .toList();
        return rows.save(new CheckpointMerge(Ids.next(), request, checkpoints, "local", clock.instant()))
                .id();
    }
}
