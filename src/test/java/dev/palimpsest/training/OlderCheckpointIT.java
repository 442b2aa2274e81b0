package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.data.RandomStreams.Stream;
import dev.palimpsest.methods.LoracIpc;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.support.InMemoryCheckpointStore;
import dev.palimpsest.support.SmallRun;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Checkpoints of format 1, whose manifests have neither plan nor model, serve as before.
@Tag("engine")
class OlderCheckpointIT {

    private static final SmallRun.Options OPTIONS = SmallRun.Options.of(SmallRun.loracIpc(LoracIpc.Fidelity.CORRECTED));

    private static SmallRun run;

    @BeforeAll
    static void learn() {
        run = new SmallRun(OPTIONS);
        run.run(null);
    }

    @AfterAll
    static void release() {
        run.close();
    }

    @ParameterizedTest(name = "checkpoint {0} of the run")
    @ValueSource(ints = {1, 2})
    void aRunGoesOnFromItToTheSameBits(int number) {
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        StoredCheckpoint from = older(number, store);

        try (SmallRun resumed = new SmallRun(OPTIONS, store, 2)) {
            assertThat(resumed.run(from)).isEqualTo(new TrainingOutcome.Completed());

            assertThat(resumed.digests()).isEqualTo(run.digests());
        }
    }

    @Test
    void itIsMeasuredAsItsRunMeasuredIt() {
        List<MeasuredRow> measured = run.events().stream()
                .filter(TrainingEvent.Evaluated.class::isInstance)
                .map(event -> ((TrainingEvent.Evaluated) event).row())
                .toList();
        StoredCheckpoint last = older(2 * SmallRun.TASKS - 1, new InMemoryCheckpointStore());

        try (SmallRun other = new SmallRun(OPTIONS)) {
            Optional<MeasuredRow> again = new StoredModel(last, other.tasks())
                    .evaluate(other.engine(), other.method(), EvaluationProtocol.PER_IMAGE, 64);

            assertThat(again).contains(measured.getLast());
        }
    }

    /// A checkpoint of the run as format 1 would have it: with the fields of a stored one.
    private static StoredCheckpoint older(int number, InMemoryCheckpointStore store) {
        StoredCheckpoint newer = run.store().open(run.store().list("job").get(number));
        ObjectNode manifest =
                (ObjectNode) JsonMapper.shared().readTree(newer.manifest().toJson());
        manifest.put("format_version", 1).remove(List.of("plan", "model"));
        ObjectNode streams = ((ObjectNode) manifest.get("random")).putObject("streams");
        for (Stream stream : Stream.values()) {
            streams.put(stream.wireName(), 2);
        }
        assertThat(manifest.propertyNames()).containsExactlyElementsOf(storedFields());
        CheckpointKey key = newer.key();
        try (var draft = store.begin(key)) {
            for (var file : newer.manifest().files()) {
                draft.add(file.name(), out -> newer.read(file.name()).transferTo(out));
            }
            draft.finish(newer.manifest());
        }
        store.damage(key, CheckpointManifest.FILE, _ -> manifest.toString().getBytes(StandardCharsets.UTF_8));
        StoredCheckpoint stored = store.open(key);
        assertThat(stored.manifest().formatVersion()).isEqualTo(1);
        return stored;
    }

    private static List<String> storedFields() {
        return List.copyOf(JsonMapper.shared()
                .readTree(Path.of("src/test/resources/checkpoints/manifest-format-1.json"))
                .propertyNames());
    }
}
