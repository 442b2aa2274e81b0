package dev.palimpsest.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.Api;
import dev.palimpsest.support.Api.Answer;
import dev.palimpsest.support.ServiceTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/// Stored models made into one, from a POST to a checkpoint like any other, and everything that speaks against it.
///
/// Longer than 350 lines: what merges and what speaks against it share the stored runs they are tried on.
@ServiceTest
@Tag("engine")
class CheckpointMergeIT {

    @LocalServerPort
    int port;

    @Autowired
    CheckpointLibrary library;

    private Api api = new Api(0);
    private MergeSources sources;

    @BeforeEach
    void connect() throws IOException {
        api = new Api(port);
        sources = new MergeSources(api);
    }

    @AfterEach
    void disconnect() {
        api.close();
    }

    @Test
    void theResultIsACheckpointLikeAnyOther() {
        String one = sources.part(0);
        String two = sources.part(2);

        JsonNode merge =
                sources.merged(List.of(one, two), "{\"rule\": \"sum\", \"coefficient\": 1}", ", \"name\": \"halves\"");

        String id = merge.path("checkpoint_id").stringValue("");
        JsonNode checkpoint = api.get("/checkpoints/" + id).body();
        JsonNode manifest =
                api.get("/checkpoints/" + id + "/files/manifest.json").body();
        String job = api.get("/checkpoints/" + one).body().path("job_id").stringValue("");
        assertThat(merge.path("name").stringValue("")).isEqualTo("halves");
        assertThat(checkpoint.path("kind").stringValue("")).isEqualTo("merged");
        assertThat(checkpoint.path("merge_id")).isEqualTo(merge.path("id"));
        assertThat(checkpoint.path("job_id").stringValue("")).isEqualTo(job);
        assertThat(checkpoint.path("class_count").intValue()).isEqualTo(4);
        assertThat(checkpoint.path("resumable").booleanValue()).isFalse();
        assertThat(checkpoint.path("continuable").booleanValue()).isFalse();
        assertThat(manifest.path("kind").stringValue("")).isEqualTo("merged");
        assertThat(manifest.path("plan").path("sources")).hasSize(2);
        assertThat(manifest.at("/model/inference/snapshots/0/adapters")).hasSize(2);
        assertThat(manifest.at("/model/inference/scored_classes").intValue()).isEqualTo(4);
        assertThat(api.get("/jobs/" + job + "/checkpoints?kind=merged")
                        .body()
                        .path("data")
                        .valueStream()
                        .map(row -> row.path("id").stringValue("")))
                .contains(id);
        assertThat(api.get("/merges?checkpoint_id=" + id).body().path("data"))
                .singleElement()
                .isEqualTo(merge);
        assertThat(api.get("/jobs/" + job + "/events?limit=100")
                        .body()
                        .path("data")
                        .valueStream()
                        .filter(event ->
                                event.at("/data/checkpoint_id").stringValue("").equals(id))
                        .map(event -> event.path("type").stringValue("")))
                .contains("merge.completed");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'rule': 'sum'}",
                "{'rule': 'average'}",
                "{'rule': 'moving_average'}",
                "{'rule': 'max_magnitude'}",
                "{'rule': 'random_mix'}",
                "{'rule': 'ties'}",
                "{'rule': 'dare'}"
            })
    void everyRuleGivesCountsThatAnEvaluationGivesAgain(String rule) {
        List<String> three = List.of(sources.part(0), sources.part(2), sources.part(4));

        JsonNode merge = sources.merged(three, rule.replace('\'', '"'), ", \"seed\": 3");

        JsonNode again = sources.evaluation(merge.path("checkpoint_id").stringValue(""));
        assertThat(again.path("correct")).isEqualTo(merge.path("correct"));
        assertThat(again.path("test_images")).isEqualTo(merge.path("test_images"));
        assertThat(merge.path("accuracy")).hasSize(3);
        for (int task = 0; task < 3; task++) {
            assertThat(merge.path("accuracy").get(task).doubleValue())
                    .isEqualTo(10 * merge.path("correct").get(task).doubleValue());
        }
        normalised(merge, three);
    }

    private void normalised(JsonNode merge, List<String> checkpoints) {
        double sum = 0;
        for (int task = 0; task < checkpoints.size(); task++) {
            double single = sources.evaluation(checkpoints.get(task))
                    .path("accuracy")
                    .get(0)
                    .doubleValue();
            if (single == 0) {
                assertThat(merge.get("normalised_accuracy").isNull()).isTrue();
                return;
            }
            sum += 100 * merge.path("accuracy").get(task).doubleValue() / single;
        }
        assertThat(merge.path("normalised_accuracy").doubleValue()).isCloseTo(sum / checkpoints.size(), within(1e-9));
    }

    @Test
    void adaptersOfOtherRanksAreMergedAsTheyAre() {
        String narrow = sources.part("{\"name\": \"incremental_lora\", \"rank\": 1, \"sites\": [\"q\", \"v\"]}", 0, "");

        JsonNode merge = sources.merged(List.of(narrow, sources.part(2)), "{\"rule\": \"average\"}", "");

        assertThat(sources.evaluation(merge.path("checkpoint_id").stringValue(""))
                        .path("correct"))
                .isEqualTo(merge.path("correct"));
    }

    @Test
    void aMergeIsMergedFurther() {
        JsonNode first = sources.merged(List.of(sources.part(0), sources.part(2)), "{\"rule\": \"ties\"}", "");

        JsonNode second = sources.merged(
                List.of(first.path("checkpoint_id").stringValue(""), sources.part(4)),
                "{\"rule\": \"sum\", \"coefficient\": 1}",
                ", \"evaluate\": false");

        assertThat(second.get("correct").isNull()).isTrue();
        JsonNode manifest = api.get(
                        "/checkpoints/" + second.path("checkpoint_id").stringValue("") + "/files/manifest.json")
                .body();
        assertThat(manifest.at("/model/inference/snapshots/0/adapters")).hasSize(1);
        assertThat(manifest.at("/model/inference/snapshots/0/dense/q")).hasSize(2);
        assertThat(manifest.path("counts")).isEmpty();
        assertThat(sources.evaluation(second.path("checkpoint_id").stringValue(""))
                        .path("correct"))
                .hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{}; missing_field sources, missing_field merge",
                "{'sources': [{'checkpoint_id': 'A'}], 'merge': {'rule': 'sum'}}; out_of_range sources",
                "{'sources': [], 'merge': {'rule': 'sum'}}; out_of_range sources",
                "{'sources': [{'checkpoint_id': 'A'}, {'checkpoint_id': 'B'}], 'merge': {'rule': 'median'}}; not_one_of merge.rule",
                "{'sources': [{'checkpoint_id': 'A'}, {'checkpoint_id': 'B'}], 'merge': {'rule': 'sum', 'coefficient': 9}}; out_of_range merge.coefficient",
                "{'sources': [{'checkpoint_id': 'A'}, {'checkpoint_id': 'B', 'weight': -1}], 'merge': {'rule': 'sum'}}; out_of_range sources[1].weight",
                "{'sources': [{'checkpoint_id': 'A'}, {'checkpoint_id': 'B'}], 'merge': {'rule': 'sum'}, 'seed': -1}; out_of_range seed",
                "{'sources': [{'checkpoint_id': 'A'}, {'checkpoint_id': 'B'}], 'merge': {'rule': 'sum'}, 'device': 'cpu'}; unknown_field device",
                "{'sources': [{'checkpoint_id': 'A'}, {'checkpoint_id': 'ckpt_1'}], 'merge': {'rule': 'sum'}}; unknown_checkpoint sources[1].checkpoint_id",
                "{'sources': [{'checkpoint_id': 'A'}, {'checkpoint_id': 'ckpt_01M7YPHF1GFDRSKVXSGCDY9546'}], 'merge': {'rule': 'sum'}}; unknown_checkpoint sources[1].checkpoint_id",
                "{'sources': [{'checkpoint_id': 'A'}, {'checkpoint_id': 'A'}], 'merge': {'rule': 'sum'}}; duplicate_value sources[1].checkpoint_id"
            })
    void refusesWhatItDoesNotUnderstand(String body, String codes) {
        String text = body.replace('\'', '"')
                .replace("\"A\"", '"' + sources.part(0) + '"')
                .replace("\"B\"", '"' + sources.part(2) + '"');
        Answer refused = api.post("/merges", Api.json(text));

        assertThat(refused.status()).as(refused.body().toString()).isEqualTo(422);
        assertThat(String.join(", ", refused.codes())).isEqualTo(codes);
    }

    private void refusedTogether(List<String> checkpoints, int place, String detail) {
        long before = api.get("/merges?limit=100").body().path("data").size();

        Answer refused = sources.ask(checkpoints, "{\"rule\": \"sum\"}", "");

        assertThat(refused.status()).as(refused.body().toString()).isEqualTo(422);
        assertThat(refused.codes())
                .as(refused.details())
                .containsExactly("incompatible_checkpoints sources[%d].checkpoint_id".formatted(place));
        assertThat(refused.details()).contains(detail);
        assertThat(api.get("/merges?limit=100").body().path("data").size())
                .as("nothing is queued")
                .isEqualTo((int) before);
    }

    @Test
    void otherBackbonesAreRefused() throws IOException {
        sources.backbone("merged_other_vit", 34);
        String other = sources.trained(MergeSources.request(
                MergeSources.LORA, "merged_shapes", "merged_other_vit", MergeSources.split(2, 2), ""));

        refusedTogether(List.of(sources.part(0), other), 1, "have other backbones: merged_vit");
    }

    @Test
    void otherDataSetsAreRefused() {
        sources.dataset("merged_again", 6);
        String other = sources.trained(
                MergeSources.request(MergeSources.LORA, "merged_again", "merged_vit", MergeSources.split(2, 2), ""));

        refusedTogether(List.of(sources.part(0), other), 1, "have other data sets: merged_shapes");
    }

    @Test
    void otherInputProfilesAreRefused() {
        String other = sources.part(MergeSources.LORA, 2, ", \"input\": {\"profile\": \"inflora\"}");

        refusedTogether(List.of(sources.part(0), other), 1, "have other input profiles: ");
    }

    @Test
    void otherSitesAreRefused() {
        String matrices =
                sources.part("{\"name\": \"sequential_lora\", \"rank\": 2, \"sites\": [\"k\", \"v\"]}", 2, "");
        String blocks = sources.part(
                "{\"name\": \"sequential_lora\", \"rank\": 2, \"sites\": [\"q\", \"v\"], \"block_count\": 1}", 2, "");

        refusedTogether(
                List.of(sources.part(0), matrices), 1, "have other sites: [q in blocks [0, 1], v in blocks [0, 1]]");
        refusedTogether(List.of(sources.part(0), blocks), 1, "have other sites: ");
    }

    @Test
    void aClassInTwoSourcesIsRefused() {
        String overlapping = sources.trained(
                MergeSources.request(MergeSources.LORA, "merged_shapes", "merged_vit", MergeSources.split(1, 2), ""));

        refusedTogether(
                List.of(sources.part(0), overlapping),
                1,
                "Class '%s' is in checkpoint".formatted(MergeSources.labels().get(1)));
    }

    @Test
    void aModelWithoutAdaptersIsRefused() {
        String means = sources.part("{\"name\": \"nearest_class_mean\"}", 2, "");

        refusedTogether(List.of(sources.part(0), means), 1, "changes no weight of the backbone");
    }

    @Test
    void aWholeNetworkIsRefused() {
        String network = sources.part("{\"name\": \"full_fine_tuning\"}", 2, "");

        refusedTogether(List.of(sources.part(0), network), 1, "holds a whole network");
    }

    @Test
    void aModelThatChoosesWeightsByTheImageIsRefused() {
        String inferring = sources.part("""
                {"name": "lorac_ipc", "rank": 2, "sites": ["q", "v"], "alignment": null,
                 "task_inference": {"clusters": 1}}""", 2, "");

        refusedTogether(List.of(sources.part(0), inferring), 1, "chooses weights by the task it infers");
    }

    @Test
    void headsThatAreAPartOfTheTaskVectorsAreRefused() {
        String method = "{\"name\": \"task_arithmetic\", \"rank\": 2, \"head\": \"%s\"}";
        String inVector = sources.part(method.formatted("in_task_vector"), 2, "");
        String apart = sources.part(method.formatted("concatenated"), 2, "");

        refusedTogether(List.of(sources.part(0), inVector), 1, "head: in_task_vector");
        assertThat(sources.merged(List.of(sources.part(0), apart), "{\"rule\": \"average\"}", "")
                        .path("correct"))
                .hasSize(2);
    }

    @Test
    void tasksThatShareTheirLabelsAreRefused() throws IOException {
        sources.domains("merged_domains");
        String groups = "{\"kind\": \"groups\", \"shared_labels\": true}";
        String domains =
                sources.trained(MergeSources.request(MergeSources.LORA, "merged_domains", "merged_vit", groups, ""));

        refusedTogether(List.of(sources.part(0), domains), 1, "share their labels");
    }

    @Test
    void aCheckpointFromInsideATaskIsRefused() {
        String job = api.get(
                        "/checkpoints/" + sources.part(MergeSources.LORA, 2, ", \"checkpoints\": {\"keep\": \"all\"}"))
                .body()
                .path("job_id")
                .stringValue("");
        String inside = api.get("/jobs/" + job + "/checkpoints?kind=in_task")
                .body()
                .at("/data/0/id")
                .stringValue("");

        refusedTogether(List.of(sources.part(0), inside), 1, "was saved inside task 1");
    }

    @Test
    void aJointModelThatIsNotFinishedIsRefused() {
        String split = "{\"kind\": \"equal_classes\", \"task_count\": 3}";
        String joint = sources.trained(MergeSources.request(
                "{\"name\": \"joint_lora\", \"rank\": 2, \"sites\": [\"q\", \"v\"]}",
                "merged_shapes",
                "merged_vit",
                split,
                ""));
        String job = api.get("/checkpoints/" + joint).body().path("job_id").stringValue("");
        String first = api.get("/jobs/" + job + "/checkpoints?kind=task_end&order=asc")
                .body()
                .at("/data/0/id")
                .stringValue("");

        refusedTogether(List.of(sources.part(4), first), 1, "learns all tasks in the last");
    }

    @Test
    void everyCauseIsNamedAtOnce() throws IOException {
        sources.backbone("merged_other_vit", 34);
        String other = sources.trained(MergeSources.request(
                "{\"name\": \"sequential_lora\", \"rank\": 2, \"sites\": [\"k\"]}",
                "merged_shapes",
                "merged_other_vit",
                MergeSources.split(1, 2),
                ""));
        String means = sources.part("{\"name\": \"nearest_class_mean\"}", 2, "");

        Answer refused = sources.ask(List.of(sources.part(0), other, means), "{\"rule\": \"sum\"}", "");

        assertThat(refused.codes())
                .containsExactlyInAnyOrder(
                        "incompatible_checkpoints sources[1].checkpoint_id",
                        "incompatible_checkpoints sources[1].checkpoint_id",
                        "incompatible_checkpoints sources[1].checkpoint_id",
                        "incompatible_checkpoints sources[2].checkpoint_id");
        assertThat(refused.details()).contains("backbones", "sites", "Class '");
    }

    @Test
    void aDamagedSourceFailsTheMergeAndIsRefusedFromThenOn() throws IOException {
        String damaged = sources.part(MergeSources.LORA, 4, ", \"seeds\": [7]");
        damage(damaged, "adapters.safetensors");

        Answer asked = sources.ask(List.of(sources.part(0), damaged), "{\"rule\": \"sum\"}", "");
        JsonNode failed = api.awaitStatus(
                "/merges/" + asked.body().path("id").stringValue(""), Set.of("failed"), MergeSources.SOON);
        Answer again = sources.ask(List.of(sources.part(0), damaged), "{\"rule\": \"sum\"}", "");

        assertThat(failed.at("/error/code").stringValue("")).isEqualTo("checkpoint_corrupt");
        assertThat(failed.get("checkpoint_id").isNull()).isTrue();
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.body().path("code").stringValue("")).isEqualTo("checkpoint_not_ready");
    }

    @Test
    void aSourceWhoseManifestIsDamagedIsRefusedAtOnce() throws IOException {
        String damaged = sources.part(MergeSources.LORA, 4, ", \"seeds\": [8]");
        damage(damaged, "manifest.json");

        Answer refused = sources.ask(List.of(sources.part(0), damaged), "{\"rule\": \"sum\"}", "");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.body().path("code").stringValue("")).isEqualTo("checkpoint_not_ready");
        assertThat(library.find(Ids.parse(Ids.CHECKPOINT, damaged).orElseThrow())
                        .orElseThrow()
                        .status()
                        .wire())
                .isEqualTo("corrupt");
    }

    private static void damage(String checkpoint, String name) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("target/test-home/checkpoints"))) {
            Path file = files.filter(one -> one.toString().contains(checkpoint)
                            && one.toString().endsWith(name))
                    .findFirst()
                    .orElseThrow();
            Files.write(file, new byte[] {' '}, StandardOpenOption.APPEND);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "/merges/merge_01M7YQJBS0ENA9AGXVK9REW1EG, 404, not_found",
        "/merges/merge_1, 404, not_found",
        "/merges?status=done, 400, invalid_parameter",
        "/merges?checkpoint_id=ckpt_1, 400, invalid_parameter",
        "/merges?after=merge_1, 400, invalid_cursor",
        "/merges?rule=sum, 400, unknown_parameter"
    })
    void refusesQuestionsThatHaveNoAnswer(String path, int status, String code) {
        Answer refused = api.get(path);

        assertThat(refused.status()).isEqualTo(status);
        assertThat(refused.body().path("code").stringValue("")).isEqualTo(code);
    }
}
