package dev.palimpsest.results;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/// What runs leave in the tables of predictions, beside their counts.
@ServiceTest
@Tag("engine")
class PredictionStoreIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Path ROOT = Path.of("target/test-home/import");
    private static final String TRAINING = ", \"training\": {\"epochs\": 1, \"batch_size\": 4}";

    @LocalServerPort
    int port;

    @Autowired
    JdbcClient sql;

    private Api api = new Api(0);

    @BeforeEach
    void connect() throws IOException {
        api = new Api(port);
        Files.createDirectories(ROOT);
        Files.write(ROOT.resolve("kept.safetensors"), TinyInputs.weights(20));
        api.post("/backbones", Api.json("{\"id\": \"kept_vit\", \"location\": \"kept.safetensors\"}"));
        api.post("/datasets", Api.json("""
                        {"kind": "synthetic", "id": "kept_shapes", "classes": 6, "train_per_class": 8,
                         "test_per_class": 5, "image_size": 32, "seed": 5,
                         "default_split": {"kind": "equal_classes", "task_count": 3}}"""));
        api.awaitStatus("/backbones/kept_vit", Set.of("ready"), SOON);
        api.awaitStatus("/datasets/kept_shapes", Set.of("ready"), SOON);
    }

    @AfterEach
    void disconnect() {
        api.close();
    }

    private UUID finished(String method, String more) {
        Answer created = api.post("/experiments", Api.json("""
                        {"dataset_id": "kept_shapes", "backbone_id": "kept_vit", "method": %s%s}""".formatted(method, more)));
        assertThat(created.status()).as(created.details()).isEqualTo(201);
        String id = created.body().at("/jobs/0/id").stringValue("");
        api.awaitStatus("/jobs/" + id, Set.of("succeeded"), SOON);
        return Ids.parse(Ids.JOB, id).orElseThrow();
    }

    /// Cells of rows `accuracy_rows` and of kept ones, in all measures that predictions give.
    private void assertCountsAreThoseOfThePredictions(UUID job, int cells) {
        List<List<Object>> counted = sql.sql("""
                        select r.data, r.stage, r.after_task, c.task, c.correct::integer, r.measure
                          from accuracy_rows r, jsonb_array_elements_text(r.correct) with ordinality as c (correct, task)
                         where r.job_id = :job and r.measure in ('TOP1', 'INFERRED_TASK') and c.correct is not null
                         order by 1, 2, 3, 4, 6""")
                .param("job", job)
                .query((row, _) -> List.of(
                        row.getObject(1),
                        row.getObject(2),
                        row.getObject(3),
                        row.getObject(4),
                        row.getObject(5),
                        row.getObject(6)))
                .list();
        List<List<Object>> kept = sql.sql("""
                        select p.data, p.stage, p.after_task, p.task,
                               (select count(*) from generate_series(0, p.images - 1) i
                                 where case measure when 'TOP1' then get_byte(p.predicted, i) = get_byte(m.classes, i)
                                                    else get_byte(p.inferred_tasks, i) = p.task end)::integer, measure
                          from predictions p join measured_images m using (job_id, data, task),
                               unnest(array['TOP1', 'INFERRED_TASK']) measure
                         where p.job_id = :job and (measure = 'TOP1' or p.inferred_tasks is not null)
                         order by 1, 2, 3, 4, 6""")
                .param("job", job)
                .query((row, _) -> List.of(
                        row.getObject(1),
                        row.getObject(2),
                        row.getObject(3),
                        row.getLong(4),
                        row.getObject(5),
                        row.getObject(6)))
                .list();
        assertThat(kept).isEqualTo(counted).hasSize(cells);
        assertThat(sql.sql("""
                        select count(*) from predictions p join measured_images m using (job_id, data, task)
                         where job_id = :job and correct <> (select count(*) from generate_series(0, p.images - 1) i
                                                              where get_byte(predicted, i) = get_byte(classes, i))""").param("job", job).query(Integer.class).single()).isZero();
    }

    private List<@Nullable String> rows(UUID job, String condition) {
        return sql.sql("""
                        select distinct stage || ' ' || after_task from predictions
                         where job_id = :job and\s""" + condition + " order by 1")
                .param("job", job)
                .query(String.class)
                .list();
    }

    /// Images kept away from training, an inferred task, and an alignment after all tasks but the first: 2 * (6 + 5)
    /// cells, each with two measures.
    @Test
    void everyCellOfEveryMatrixHasItsPredictions() {
        UUID job = finished("""
                {"name": "lorac_ipc", "rank": 2, "alignment": {"epochs": 1, "centroids": 2, "samples_per_step": 8},
                 "task_inference": {"clusters": 2}}""", TRAINING + ", \"evaluation\": {\"validation_fraction\": 0.25}");

        assertCountsAreThoseOfThePredictions(job, 44);
        assertThat(rows(job, "class_scores is not null")).containsExactly("FINAL 3");
        assertThat(rows(job, "inferred_tasks is null")).isEmpty();
    }

    @Test
    void aMethodThatInfersNoTaskKeepsNone() {
        UUID job = finished("{\"name\": \"nearest_class_mean\"}", "");

        assertCountsAreThoseOfThePredictions(job, 6);
        assertThat(rows(job, "inferred_tasks is not null")).isEmpty();
    }

    /// All tasks are learned in the last, so that there is one row.
    @Test
    void aJointRunHasItsLastRowAlone() {
        UUID job = finished("{\"name\": \"joint_lora\", \"rank\": 2}", TRAINING);

        assertCountsAreThoseOfThePredictions(job, 3);
        assertThat(rows(job, "true")).containsExactly("FINAL 3");
    }
}
