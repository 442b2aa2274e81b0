package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.runs.ScriptedRuns;
import dev.palimpsest.runs.ScriptedRuns.Script;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.WebTest;
import java.io.UnsupportedEncodingException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;
import tools.jackson.databind.JsonNode;

/// What is answered about the images behind golden matrix G1: in each row the first images of a task are right, as
/// many as the matrix says, and the others are taken for the next class of those learned. Image i of task j has the
/// place 5 i + j - 1 and, of the two classes of its task, the first where i is even.
///
/// Longer than 350 lines: every question is asked about one finished job.
@WebTest
class PredictionsIT {

    private static UUID finished = new UUID(0, 0);

    @Autowired
    MockMvcTester http;

    @Autowired
    ScriptedRuns.Submitter submitter;

    @Autowired
    JdbcClient sql;

    @BeforeEach
    void aFinishedJob() throws InterruptedException {
        if (finished.getMostSignificantBits() == 0) {
            finished = learned();
        }
    }

    private UUID learned() throws InterruptedException {
        UUID job = submitter.submit(Script.G1, "cpu", Ids.next(), 0);
        Answers.await(http, job, "succeeded");
        return job;
    }

    @Test
    void anImageIsAnsweredWithEverythingThatIsKept() {
        JsonNode first =
                get("/predictions?after_task=5&task=2&filter=wrong&limit=1").at("/data/0");

        assertThat(first.get("object").asString()).isEqualTo("prediction");
        assertThat(first.get("id").asString()).isEqualTo("2.4801");
        assertThat(first.get("after_task").asInt()).isEqualTo(5);
        assertThat(first.get("task").asInt()).isEqualTo(2);
        assertThat(first.get("part").asString()).isEqualTo("test");
        assertThat(first.get("image_index").asInt()).isEqualTo(5 * 960 + 1);
        assertThat(first.get("class_index").asInt()).isEqualTo(2);
        assertThat(first.get("label").asString()).isEqualTo("class 3");
        assertThat(first.get("predicted_class_index").asInt()).isEqualTo(3);
        assertThat(first.get("predicted_label").asString()).isEqualTo("class 4");
        assertThat(first.get("predicted_task").asInt()).isEqualTo(2);
        assertThat(first.get("correct").asBoolean()).isFalse();
        assertThat(first.get("inferred_task").isNull()).isTrue();
        // the logarithm of a quarter lies between 1 and 2, where halves are 1/1024 apart
        assertThat(first.get("score").asDouble()).isCloseTo(0.25, within(0.25 / 2048));
        assertThat(first.get("predicted_score").asDouble()).isCloseTo(0.5, within(0.5 / 4096));
    }

    @Test
    void onlyTheLastRowHasScores() {
        JsonNode image = get("/predictions?after_task=4&limit=1").at("/data/0");

        assertThat(image.get("score").isNull()).isTrue();
        assertThat(image.get("predicted_score").isNull()).isTrue();
    }

    @Test
    void pagesHoldEachImageOnceAndTheCountsOfTheMatrix() {
        var ids = new HashSet<String>();
        int[] correct = new int[5];
        String after = "";
        int pages = 0;
        boolean more = true;
        while (more) {
            JsonNode page = get("/predictions?limit=100" + after);
            for (JsonNode image : page.get("data")) {
                assertThat(ids.add(image.get("id").asString())).isTrue();
                correct[image.get("task").asInt() - 1] += image.get("correct").asBoolean() ? 1 : 0;
            }
            more = page.get("has_more").asBoolean();
            after = "&after=" + page.get("last_id").asString();
            pages++;
        }

        assertThat(ids).hasSize(6000);
        assertThat(pages).isEqualTo(60);
        assertThat(correct).containsExactly(910, 960, 920, 900, 1880);
    }

    /// From the columns of G1: 98 93 90 94 91, 95 91 88 96, 96 97 92, 93 90, 94.
    @ParameterizedTest
    @CsvSource({
        "correct,   910, 960, 920, 900, 1880",
        "wrong,     90,  40,  80,  100, 120",
        "forgotten, 70,  0,   50,  30,  0",
        "recovered, 10,  80,  0,   0,   0"
    })
    void filtersAreThoseOfTheDefinitions(String filter, int one, int two, int three, int four, int five) {
        String table = csv("/predictions?filter=" + filter);
        int[] images = new int[5];
        table.lines().skip(1).forEach(line -> images[Integer.parseInt(line.split(",", -1)[1]) - 1]++);

        assertThat(images).containsExactly(one, two, three, four, five);
        assertThat(get("/predictions?limit=100&task=1&filter=" + filter).get("data"))
                .hasSize(Math.min(one, 100));
    }

    @Test
    void whatIsForgottenDependsOnTheRow() {
        assertThat(csv("/predictions?task=1&filter=forgotten&after_task=3").lines())
                .hasSize(81);
        assertThat(csv("/predictions?task=1&filter=recovered&after_task=4").lines())
                .hasSize(41);
        assertThat(csv("/predictions?task=1&filter=forgotten&after_task=1").lines())
                .hasSize(1);
    }

    @Test
    void theTableHasALineAnImage() {
        assertThat(csv("/predictions?after_task=2").lines()).hasSize(2001);
        assertThat(csv("/predictions?after_task=2&task=2")).startsWith("""
                after_task,task,part,image_index,class_index,label,predicted_class_index,predicted_label,predicted_task,correct,inferred_task,score,predicted_score
                2,2,test,1,2,class 3,2,class 3,2,true,,,
                2,2,test,6,3,class 4,3,class 4,2,true,,,
                """);
    }

    /// Wrong images with an odd number are taken for the first class of the next task, or for that of the first.
    @Test
    void tasksAreConfusedAsTheScriptSays() {
        JsonNode last = get("/task-confusion");
        JsonNode second = get("/task-confusion?after_task=2");

        assertThat(last.get("predicted").toString())
                .isEqualTo("[[955,45,0,0,0],[0,980,20,0,0],[0,0,960,40,0],[0,0,0,950,50],[60,0,0,0,1940]]");
        assertThat(last.get("correct").toString())
                .isEqualTo("[[910,0,0,0,0],[0,960,0,0,0],[0,0,920,0,0],[0,0,0,900,0],[0,0,0,0,1880]]");
        assertThat(last.get("inferred").isNull()).isTrue();
        assertThat(last.get("inferred_null_reason").asString()).isEqualTo("not_made_by_method");
        assertThat(last.get("null_reason").isNull()).isTrue();
        assertThat(second.get("predicted").toString()).isEqualTo("[[965,35,0,0,0],[25,975,0,0,0]]");
        assertThat(csv("/task-confusion?after_task=2")).startsWith("""
                after_task,task,other_task,predicted,correct,inferred
                2,1,1,965,930,
                2,1,2,35,0,
                """);
    }

    @Test
    void pairsOfClassesAreSortedByHowOftenTheyAreConfused() {
        JsonNode all = get("/class-confusion?limit=12");
        JsonNode first = get("/class-confusion?task=1");

        assertThat(all.get("pair_count").asInt()).isEqualTo(20);
        assertThat(all.get("pairs")).hasSize(12);
        assertThat(all.at("/pairs/0/images").asInt()).isEqualTo(940);
        assertThat(all.at("/pairs/0/label").asString()).isEqualTo("class 9");
        assertThat(all.at("/pairs/0/predicted_label").asString()).isEqualTo("class 9");
        // of equally frequent ones the order of the head: 60 images of each class of task 5 are wrong
        assertThat(all.at("/pairs/10/class_index").asInt()).isEqualTo(8);
        assertThat(all.at("/pairs/10/predicted_class_index").asInt()).isEqualTo(9);
        assertThat(all.at("/pairs/11/class_index").asInt()).isEqualTo(9);
        assertThat(all.at("/pairs/11/predicted_class_index").asInt()).isZero();
        assertThat(first.get("pairs")).hasSize(4);
        assertThat(csv("/class-confusion?task=1")).isEqualTo("""
                after_task,class_index,label,predicted_class_index,predicted_label,images
                5,0,class 1,0,class 1,455
                5,1,class 2,1,class 2,455
                5,0,class 1,1,class 2,45
                5,1,class 2,2,class 3,45
                """);
    }

    @Test
    void aClassIsToldWhenLearnedAtBestAndNow() {
        JsonNode classes = get("/classes?limit=100").get("data");
        JsonNode third = classes.get(4);

        assertThat(classes).hasSize(10);
        assertThat(third.get("object").asString()).isEqualTo("job_class");
        assertThat(third.get("id").asString()).isEqualTo("3.4");
        assertThat(third.get("label").asString()).isEqualTo("class 5");
        assertThat(third.get("images").asInt()).isEqualTo(500);
        assertThat(third.get("correct").asInt()).isEqualTo(460);
        assertThat(third.get("learned").asDouble()).isEqualTo(96);
        assertThat(third.get("best").asDouble()).isEqualTo(97);
        assertThat(third.get("now").asDouble()).isEqualTo(92);
        assertThat(third.get("forgotten").asInt()).isEqualTo(25);
        assertThat(third.get("recovered").asInt()).isZero();
        assertThat(third.at("/most_confused_with/label").asString()).isEqualTo("class 6");
        assertThat(third.at("/most_confused_with/task").asInt()).isEqualTo(3);
        assertThat(third.at("/most_confused_with/images").asInt()).isEqualTo(40);
        assertThat(csv("/classes?task=1&after_task=1")).isEqualTo("""
                task,class_index,label,images,correct,learned,best,now,forgotten,recovered,confused_with,confused_images
                1,0,class 1,500,490,98.0,98.0,98.0,0,0,class 2,10
                1,1,class 2,500,490,98.0,98.0,98.0,0,0,class 1,10
                """);
    }

    @Test
    void pagesOfClassesGoOnBehindTheLast() {
        JsonNode page = get("/classes?limit=3");
        JsonNode next = get("/classes?limit=100&after=" + page.get("last_id").asString());

        assertThat(page.get("has_more").asBoolean()).isTrue();
        assertThat(page.get("last_id").asString()).isEqualTo("2.2");
        assertThat(next.get("first_id").asString()).isEqualTo("2.3");
        assertThat(next.get("data")).hasSize(7);
        assertThat(next.get("has_more").asBoolean()).isFalse();
    }

    /// Rows 4 and 5 of G1: 94 to 91, 88 to 96, 97 to 92, 93 to 90 percent of 1,000 images.
    @Test
    void flipsAreCountedBetweenTwoRows() {
        JsonNode flips = get("/flips");
        JsonNode far = get("/flips?after_task=5&from_after_task=2");

        assertThat(flips.get("after_task").asInt()).isEqualTo(5);
        assertThat(flips.get("from_after_task").asInt()).isEqualTo(4);
        assertThat(column(flips, "images")).containsExactly(1000, 1000, 1000, 1000, 0);
        assertThat(column(flips, "negative_flips")).containsExactly(30, 0, 50, 30, 0);
        assertThat(column(flips, "positive_flips")).containsExactly(0, 80, 0, 0, 0);
        assertThat(column(flips, "both_correct")).containsExactly(910, 880, 920, 900, 0);
        assertThat(column(flips, "both_wrong")).containsExactly(60, 40, 30, 70, 0);
        assertThat(flips.at("/by_task/4/negative_flip_rate").isNull()).isTrue();
        assertThat(flips.at("/total/negative_flip_rate").asDouble()).isEqualTo(2.75);
        assertThat(flips.at("/total/positive_flip_rate").asDouble()).isEqualTo(2);
        assertThat(flips.at("/by_task/0/mcnemar_p").asDouble()).isCloseTo(Math.pow(2, -29), within(1e-20));
        assertThat(flips.at("/by_task/4/mcnemar_p").isNull()).isTrue();
        assertThat(far.at("/total/images").asInt()).isEqualTo(2000);
        assertThat(far.at("/total/negative_flips").asInt()).isEqualTo(20);
        assertThat(far.at("/total/positive_flips").asInt()).isEqualTo(10);
    }

    @Test
    void flipsAreCountedBetweenTwoJobsOnTheSameImages() throws InterruptedException {
        UUID other = learned();

        JsonNode same = get("/flips?from_job_id=" + Ids.job(other));
        JsonNode earlier = get("/flips?after_task=3&from_after_task=5&from_job_id=" + Ids.job(other));

        assertThat(same.get("from_job_id").asString()).isEqualTo(Ids.job(other));
        assertThat(same.at("/total/images").asInt()).isEqualTo(6000);
        assertThat(same.at("/total/negative_flips").asInt()).isZero();
        assertThat(column(earlier, "negative_flips")).containsExactly(10, 50, 0);
        assertThat(column(earlier, "positive_flips")).containsExactly(0, 0, 40);
    }

    @Test
    void aJobThatWasLostOnTheWayHasAllItsPredictions() throws InterruptedException {
        UUID lost = submitter.submit(Script.LOST, "cpu", Ids.next(), 0);
        Answers.await(http, lost, "succeeded");

        assertThat(get(lost, "/flips?from_after_task=1&after_task=5")
                        .at("/by_task/0/negative_flips")
                        .asInt())
                .isEqualTo(70);
        assertThat(get(lost, "/classes?task=1").at("/data/0/forgotten").asInt()).isEqualTo(35);
    }

    @Test
    void aRetryTakesOverThePredictionsOfTheRowsBeforeIt() throws InterruptedException {
        UUID failed = submitter.submit(Script.FAILS_ONCE, "cpu", Ids.next(), 0);
        Answers.await(http, failed, "failed");
        MvcTestResult retried = Answers.post(http, "/api/v1/jobs/" + Ids.job(failed) + "/retry", "{}");
        assertThat(retried).hasStatus(201);
        UUID again =
                Ids.parse(Ids.JOB, Answers.json(retried).get("id").asString()).orElseThrow();
        Answers.await(http, again, "succeeded");

        assertThat(get(again, "/classes?task=1").at("/data/0/learned").asDouble())
                .isEqualTo(98);
        assertThat(get(again, "/classes?task=1").at("/data/0/forgotten").asInt())
                .isEqualTo(35);
        assertThat(get(again, "/task-confusion?after_task=2").get("predicted").toString())
                .isEqualTo("[[965,35,0,0,0],[25,975,0,0,0]]");
        assertThat(get(failed, "/task-confusion").get("after_task").asInt()).isEqualTo(2);
    }

    /// As a job looks that was measured before predictions were kept.
    @Test
    void aJobWithCountsAloneSaysThatPredictionsWereNotKept() throws InterruptedException {
        UUID old = learned();
        sql.sql("delete from measured_images where job_id = :job")
                .param("job", old)
                .update();

        for (String path : List.of("/predictions", "/task-confusion", "/class-confusion", "/classes", "/flips")) {
            JsonNode refused = refused(old, path, 409);
            assertThat(refused.get("code").asString()).isEqualTo("predictions_not_kept");
            assertThat(refused.get("detail").asString())
                    .isEqualTo("Row 5 was measured by a version that kept counts and no predictions.");
        }
        assertThat(get(old, "/accuracy-matrix").at("/correct/4/0").asInt()).isEqualTo(910);
    }

    /// As a job looks that went on, with this version, from a row measured before predictions were kept.
    @Test
    void whatNeedsARowThatWasNotKeptIsNotAnswered() throws InterruptedException {
        UUID mixed = learned();
        sql.sql("delete from predictions where job_id = :job and after_task = 2")
                .param("job", mixed)
                .update();

        assertThat(get(mixed, "/predictions?filter=wrong&limit=100").get("data"))
                .hasSize(100);
        assertThat(refused(mixed, "/predictions?filter=forgotten", 409)
                        .get("code")
                        .asString())
                .isEqualTo("predictions_not_kept");
        assertThat(refused(mixed, "/predictions?after_task=2", 409).get("code").asString())
                .isEqualTo("predictions_not_kept");
        assertThat(get(mixed, "/predictions?filter=forgotten&task=3").get("data"))
                .hasSize(20);
        JsonNode classes = get(mixed, "/classes?limit=100").get("data");
        assertThat(classes.get(0).get("learned").asDouble()).isEqualTo(98);
        assertThat(classes.get(0).get("best").isNull()).isTrue();
        assertThat(classes.get(0).get("forgotten").isNull()).isTrue();
        assertThat(classes.get(2).get("learned").isNull()).isTrue();
        assertThat(classes.get(2).get("now").asDouble()).isEqualTo(96);
        assertThat(classes.get(4).get("best").asDouble()).isEqualTo(97);
    }

    @Test
    void whatWasNotMeasuredIsSaid() {
        UUID waiting = submitter.submit(Script.G1, "cuda", Ids.next(), 0);

        JsonNode nothing = refused(waiting, "/predictions", 409);
        JsonNode validation = refused(finished, "/predictions?data=validation&after_task=2", 409);
        JsonNode before = refused(finished, "/flips?after_task=1", 409);

        assertThat(nothing.get("code").asString()).isEqualTo("not_measured");
        assertThat(nothing.get("detail").asString()).isEqualTo("Nothing has been measured on test images yet.");
        assertThat(validation.get("detail").asString())
                .isEqualTo("Nothing was measured on validation images after task 2.");
        assertThat(before.get("detail").asString()).isEqualTo("No row was measured before task 1.");
    }

    @Test
    void aStageThatDidNotHappenIsTheFinalOne() {
        JsonNode image =
                get("/predictions?stage=before_alignment&filter=wrong&limit=1").at("/data/0");

        assertThat(image.get("image_index").asInt()).isEqualTo(5 * 910);
    }

    @ParameterizedTest
    @CsvSource({
        "/predictions?after_task=6, after_task",
        "/predictions?after_task=0, after_task",
        "/predictions?task=3&after_task=2, task",
        "/predictions?task=0, task",
        "/predictions?filter=lost, filter",
        "/predictions?limit=101, limit",
        "/predictions?after=3, after",
        "/predictions?after=3.9999999999, after",
        "/predictions?stage=last, stage",
        "/predictions?data=train, data",
        "/class-confusion?limit=10001, limit",
        "/classes?task=7, task",
        "/flips?from_job_id=job_1, from_job_id",
        "/flips?from_after_task=9, after_task"
    })
    void whatCannotBeAskedIsRefused(String path, String parameter) {
        assertThat(refused(finished, path, 400).at("/errors/0/param").asString())
                .isEqualTo(parameter);
    }

    private static List<Integer> column(JsonNode flips, String name) {
        var values = new ArrayList<Integer>();
        flips.get("by_task").forEach(task -> values.add(task.get(name).asInt()));
        return values;
    }

    private JsonNode refused(UUID job, String below, int status) {
        MvcTestResult result =
                http.get().uri("/api/v1/jobs/" + Ids.job(job) + below).exchange();
        assertThat(result).as(below).hasStatus(status);
        return Answers.json(result);
    }

    private String csv(String below) {
        MvcTestResult table = http.get()
                .uri("/api/v1/jobs/" + Ids.job(finished) + below)
                .accept("text/csv")
                .exchange();
        assertThat(table).as(below).hasStatusOk().headers().hasValue("Content-Type", "text/csv;charset=UTF-8");
        try {
            return table.getResponse().getContentAsString();
        } catch (UnsupportedEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    private JsonNode get(String below) {
        return get(finished, below);
    }

    private JsonNode get(UUID job, String below) {
        return Answers.get(http, "/api/v1/jobs/" + Ids.job(job) + below);
    }
}
