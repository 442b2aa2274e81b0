package dev.palimpsest.results;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.metrics.CellPredictions;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Outcome;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.runs.ScriptedRuns;
import dev.palimpsest.runs.ScriptedRuns.Script;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.WebTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/// How much room predictions take and what reading them costs, over drawn rows: four of five images are right, a
/// wrong one is taken for any class, nine of ten inferred tasks are right.
@WebTest
class PredictionSizesIT {

    private static final Logger log = LoggerFactory.getLogger(PredictionSizesIT.class);

    @Autowired
    ScriptedRuns.Submitter submitter;

    @Autowired
    PredictionStore store;

    @Autowired
    Predictions predictions;

    @Autowired
    TaskRowRepository tasks;

    @Autowired
    JdbcClient sql;

    private record Shape(int tasks, int classesPerTask, int images) {

        int classes(int tasksLearned) {
            return tasksLearned * classesPerTask;
        }
    }

    /// A job that waits for ever, with these tasks and the rows of the stages.
    private UUID drawn(Shape shape, List<Stage> stages) {
        UUID job = submitter.submit(Script.G1, "cuda", Ids.next(), 0);
        tasks.deleteAll(tasks.findByJobIdOrderByTask(job));
        tasks.saveAll(IntStream.rangeClosed(1, shape.tasks)
                .mapToObj(task -> new TaskRow(job, planned(shape, task)))
                .toList());
        Random random = new Random(7);
        for (int k = 1; k <= shape.tasks; k++) {
            for (Stage stage : stages) {
                boolean scored = k == shape.tasks && stage == Stage.FINAL;
                List<CellPredictions> cells = new ArrayList<>();
                for (int j = 0; j < k; j++) {
                    CellPredictions cell = cell(shape, k, j, random);
                    cells.add(scored ? cell : cell.withoutScores());
                }
                store.keep(new PredictionStore.Row(job, EvaluationData.TEST, k, stage), 1, cells);
                sql.sql("""
                                insert into accuracy_rows (id, version, job_id, after_task, stage, data, measure, test_images,
                                                           correct, attempt, measured_by_job_id, measured_at)
                                values (:id, 0, :job, :k, :stage, 'TEST', 'TOP1', '[]', '[]', 1, :job, now())""")
                        .param("id", Ids.next())
                        .param("job", job)
                        .param("k", k)
                        .param("stage", stage.name())
                        .update();
            }
        }
        sql.sql("analyze predictions").update();
        return job;
    }

    private static PlannedTask planned(Shape shape, int task) {
        List<Integer> columns = IntStream.range(shape.classes(task - 1), shape.classes(task))
                .boxed()
                .toList();
        List<String> labels = columns.stream().map(column -> "class " + column).toList();
        return new PlannedTask(task, "task " + task, labels, columns, 1, 0, shape.images);
    }

    private static CellPredictions cell(Shape shape, int tasksLearned, int task, Random random) {
        int[] images = new int[shape.images];
        int[] classes = new int[shape.images];
        int[] predicted = new int[shape.images];
        int[] inferred = new int[shape.images];
        short[] scores = new short[shape.images];
        for (int i = 0; i < shape.images; i++) {
            images[i] = shape.tasks * i + task;
            classes[i] = shape.classes(task) + i % shape.classesPerTask;
            predicted[i] = random.nextInt(5) > 0 ? classes[i] : random.nextInt(shape.classes(tasksLearned));
            inferred[i] = random.nextInt(10) > 0 ? task : random.nextInt(tasksLearned);
            scores[i] = Float.floatToFloat16((float) Math.log(random.nextDouble()));
        }
        return new CellPredictions(
                task, images, classes, predicted, inferred, new CellPredictions.Scores(scores, scores.clone()));
    }

    /// Ten tasks of ten classes, 10,000 test images, a row before and after the alignment of each task but the first,
    /// tasks that are inferred, scores of the last row.
    @Test
    void aRunOfCifar100TakesLessThan300Kilobytes() {
        UUID job = drawn(new Shape(10, 10, 1000), List.of(Stage.BEFORE_ALIGNMENT, Stage.FINAL));

        int bytes = sql.sql("""
                        select (select sum(pg_column_size(p)) from predictions p where job_id = :job)
                             + (select sum(pg_column_size(m)) from measured_images m where job_id = :job)""").param("job", job).query(Integer.class).single();

        log.info("The predictions of a run on Split CIFAR-100 take {} bytes", bytes);
        assertThat(bytes).isBetween(200_000, 300_000);
    }

    @Test
    void aMillionPredictionsOfFiftyTasksAreReadByTheIndex() {
        UUID job = drawn(new Shape(50, 4, 785), List.of(Stage.FINAL));
        Map<String, Runnable> questions = new LinkedHashMap<>();
        questions.put(
                "page",
                () -> assertThat(predictions.of(last(job), 25, null, 50 * 100, 101))
                        .hasSize(101));
        questions.put("forgotten, all tasks", () -> {
            Predictions.Row row = last(job);
            int found = 0;
            for (int task = 1; task <= 50; task++) {
                found += predictions
                        .of(row, task, Outcome.FORGOTTEN, -1, Integer.MAX_VALUE)
                        .size();
            }
            assertThat(found).isBetween(50 * 785 / 10, 50 * 785 / 4);
        });
        questions.put(
                "task confusion",
                () -> assertThat(Arrays.stream(predictions
                                        .taskConfusion(last(job), false)
                                        .predicted())
                                .flatMapToInt(Arrays::stream)
                                .sum())
                        .isEqualTo(50 * 785));
        questions.put(
                "class confusion",
                () -> assertThat(predictions.classConfusion(last(job), null).stream()
                                .mapToInt(Predictions.Pair::images)
                                .sum())
                        .isEqualTo(50 * 785));
        questions.put(
                "classes of a task",
                () -> assertThat(predictions.classes(last(job), 1))
                        .hasSize(4)
                        .allSatisfy(one -> assertThat(one.best()).isGreaterThanOrEqualTo(one.now())));
        questions.put(
                "flips",
                () -> assertThat(predictions.flips(
                                predictions.row(job, EvaluationData.TEST, Stage.FINAL, 49), last(job)))
                        .hasSize(50));

        assertThat(sql.sql("select sum(images) from predictions where job_id = :job")
                        .param("job", job)
                        .query(Integer.class)
                        .single())
                .isEqualTo(1275 * 785);
        questions.forEach(this::time);
        assertThat(plan("select predicted from predictions where job_id = '%s' and data = 'TEST' and task = 25"
                        .formatted(job)))
                .contains("predictions_pkey")
                .doesNotContain("Seq Scan");
    }

    private Predictions.Row last(UUID job) {
        return predictions.row(job, EvaluationData.TEST, Stage.FINAL, null);
    }

    private void time(String name, Runnable question) {
        long[] nanos = new long[100];
        for (int i = 0; i < nanos.length; i++) {
            long start = System.nanoTime();
            question.run();
            nanos[i] = System.nanoTime() - start;
        }
        Arrays.sort(nanos);
        log.info(
                "{}: median {} ms, p99 {} ms",
                name,
                Duration.ofNanos(nanos[50]).toMillis(),
                Duration.ofNanos(nanos[98]).toMillis());
    }

    private String plan(String query) {
        return String.join("\n", sql.sql("explain " + query).query(String.class).list());
    }
}
