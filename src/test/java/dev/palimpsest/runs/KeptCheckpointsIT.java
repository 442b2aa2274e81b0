package dev.palimpsest.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.checkpoints.StoredFile;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.results.CheckpointState;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.Api;
import dev.palimpsest.support.Api.Answer;
import dev.palimpsest.support.ServiceTest;
import dev.palimpsest.support.TinyInputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Which checkpoints a run leaves, and which one the next attempt begins with.
@ServiceTest
@Tag("engine")
class KeptCheckpointsIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Path HOME = Path.of("target/test-home");

    @LocalServerPort
    int port;

    @Autowired
    CheckpointLibrary library;

    private Api api = new Api(0);

    @BeforeEach
    void connect() throws IOException {
        api = new Api(port);
        Path root = Files.createDirectories(HOME.resolve("import"));
        Files.write(root.resolve("kept.safetensors"), TinyInputs.weights(21));
        api.post("/backbones", Api.json("{\"id\": \"kept_vit\", \"location\": \"kept.safetensors\"}"));
        api.post("/datasets", Api.json("""
                {"kind": "synthetic", "id": "kept_shapes", "classes": 4, "train_per_class": 4,
                 "test_per_class": 2, "image_size": 32, "seed": 6}"""));
        api.awaitStatus("/backbones/kept_vit", Set.of("ready"), SOON);
        api.awaitStatus("/datasets/kept_shapes", Set.of("ready"), SOON);
    }

    @AfterEach
    void disconnect() {
        api.close();
    }

    private UUID finished(String keep) {
        return finished("{\"name\": \"sequential_lora\", \"rank\": 2}", keep);
    }

    private UUID finished(String method, String keep) {
        Answer created = api.post("/experiments", request(method, keep));
        assertThat(created.status()).as(created.details()).isEqualTo(201);
        String job = created.body().at("/jobs/0/id").stringValue("");
        api.awaitStatus("/jobs/" + job, Set.of("succeeded"), SOON);
        return Ids.parse(Ids.JOB, job).orElseThrow();
    }

    /// Two tasks of three epochs, saved after each.
    private static ObjectNode request(String method, String keep) {
        return Api.json("""
                {"dataset_id": "kept_shapes", "backbone_id": "kept_vit", "method": %s,
                 "split": {"kind": "equal_classes", "task_count": 2},
                 "training": {"epochs": 3, "batch_size": 8},
                 "checkpoints": {"keep": "%s", "every_epochs": 1}}""".formatted(method, keep));
    }

    @ParameterizedTest
    @ValueSource(strings = {"""
                {"name": "lorac_ipc", "rank": 16, "alignment": {"epochs": 1, "centroids": 2, "samples_per_step": 8},
                 "task_inference": {"clusters": 2}}""", """
                {"name": "incremental_lora", "rank": 8, "sites": ["k", "fc1"], "block_count": 1,
                 "alignment": {"epochs": 1, "statistics": "covariance", "samples_per_step": 8}}""", """
                {"name": "inflora", "sites": ["k", "v", "fc2"], "rank": 8, "alignment": {"epochs": 1}}""", """
                {"name": "sequential_lora", "rank": 16,
                 "alignment": {"epochs": 1, "statistics": "variance", "samples_per_step": 8}}""", "{\"name\": \"full_fine_tuning\"}", """
                {"name": "random_projection_ridge", "width": 700, "adaptation": {"rank": 16}}"""})
    void thePlanKnowsHowLongACheckpointWillBe(String method) {
        JsonNode planned = api.post("/plans", request(method, "last")).body().at("/estimate/checkpoint_bytes");

        CheckpointRow saved = library.of(finished(method, "last")).getFirst();

        assertThat(planned.path("basis").stringValue("")).isEqualTo("tensor shapes");
        assertThat((double) saved.sizeBytes() - saved.files().getFirst().sizeBytes())
                .as(saved.files() + " against " + planned)
                .isBetween(
                        0.9 * planned.path("low").doubleValue(),
                        1.1 * planned.path("high").doubleValue());
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "last,      task_end 2",
        "task_ends, task_end 2; task_end 1",
        "all,       task_end 2; in_task 2; task_end 1; in_task 1"
    })
    void aRunLeavesTheCheckpointsThatItWasToldToKeep(String keep, String newestFirst) throws IOException {
        UUID job = finished(keep);

        JsonNode listed =
                api.get("/jobs/" + Ids.job(job) + "/checkpoints").body().path("data");

        assertThat(StreamSupport.stream(listed.spliterator(), false)
                        .map(one -> one.path("kind").stringValue("") + " "
                                + one.path("task").intValue()))
                .containsExactly(newestFirst.split("; ", -1));
        try (Stream<Path> folders =
                Files.list(folder(library.of(job).getFirst()).getParent())) {
            assertThat(folders).as("files of the others are gone").hasSize(listed.size());
        }
    }

    @Test
    void aDamagedCheckpointIsPassedOverForTheOneBefore() throws IOException {
        UUID job = finished("all");
        List<CheckpointRow> kept = library.of(job);
        damage(kept.get(0));
        Files.delete(folder(kept.get(1)).resolve("manifest.json"));

        Optional<StoredCheckpoint> chosen = library.newest(job);

        assertThat(chosen.orElseThrow().key()).isEqualTo(kept.get(2).key());
        assertThat(library.of(job))
                .extracting(CheckpointRow::status)
                .containsExactly(
                        CheckpointState.CORRUPT, CheckpointState.CORRUPT, CheckpointState.READY, CheckpointState.READY);
    }

    @Test
    void withoutAGoodCheckpointTheNextAttemptBeginsFromTheStart() throws IOException {
        UUID job = finished("last");
        damage(library.of(job).getFirst());

        assertThat(library.newest(job)).isEmpty();
    }

    /// Changes one byte of the last file.
    private static void damage(CheckpointRow row) throws IOException {
        StoredFile last = row.files().getLast();
        Path file = folder(row).resolve(last.name());
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
    }

    private static Path folder(CheckpointRow row) {
        return HOME.resolve("checkpoints")
                .resolve(Ids.job(row.jobId()))
                .resolve(Integer.toString(row.attempt()))
                .resolve(Ids.checkpoint(row.id()));
    }
}
