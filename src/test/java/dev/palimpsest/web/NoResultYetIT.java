package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MetricDefinition;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.runs.ScriptedRuns;
import dev.palimpsest.runs.ScriptedRuns.Script;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.WebTest;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import tools.jackson.databind.JsonNode;

/// Every question about results, of jobs that have none, some or all of them.
@WebTest
class NoResultYetIT {

    @Autowired
    MockMvcTester http;

    @Autowired
    ScriptedRuns.Submitter submitter;

    @Test
    void aJobThatHasNotRunIsAnsweredWithoutNumbers() {
        UUID experiment = Ids.next();
        UUID waiting = submitter.submit(Script.G1, "cuda", experiment, 0);

        everyQuestionIsAnswered(waiting, experiment);
        assertThat(metric(waiting).path("null_reason").asString()).isEqualTo("not_measured");
    }

    @Test
    void aJobThatFailedBeforeItsFirstRowIsAnsweredWithoutNumbers() throws InterruptedException {
        UUID experiment = Ids.next();
        UUID failed = submitter.submit(Script.DIVERGES, "cpu", experiment, 0);
        Answers.await(http, failed, "failed");

        everyQuestionIsAnswered(failed, experiment);
        assertThat(metric(failed).path("null_reason").asString()).isEqualTo("not_measured");
    }

    @Test
    void aFinishedJobIsAnsweredForEveryMatrixItHasNot() throws InterruptedException {
        UUID experiment = Ids.next();
        UUID finished = submitter.submit(Script.G1, "cpu", experiment, 0);
        Answers.await(http, finished, "succeeded");

        everyQuestionIsAnswered(finished, experiment);
    }

    private JsonNode metric(UUID job) {
        return Answers.get(http, "/api/v1/jobs/" + Ids.job(job) + "/cl-metrics")
                .get("metrics")
                .get(0);
    }

    private void everyQuestionIsAnswered(UUID job, UUID experiment) {
        String path = "/api/v1/jobs/" + Ids.job(job);
        for (EvaluationData data : EvaluationData.values()) {
            for (Measure measure : Measure.values()) {
                for (Stage stage : Stage.values()) {
                    String of = "?data=%s&measure=%s&stage=%s"
                            .formatted(data.wireName(), measure.wireName(), stage.wireName());
                    answered(path + "/accuracy-matrix" + of);
                    answered(path + "/cl-metrics" + of + "&variants=true");
                    assertThat(http.get().uri(path + "/accuracy-matrix" + of).accept("text/csv"))
                            .as(of)
                            .hasStatusOk();
                }
            }
            String names = Arrays.stream(MetricDefinition.values())
                    .filter(definition -> definition.set() == MetricDefinition.DefinitionSet.CLM_1)
                    .map(definition -> "&metric=" + definition.wireName())
                    .collect(Collectors.joining());
            answered("/api/v1/experiments/" + Ids.experiment(experiment) + "/summary?data=" + data.wireName() + names);
        }
        for (String below : List.of("", "/tasks", "/metrics", "/metrics?max_points=1", "/checkpoints", "/attempts")) {
            answered(path + below);
        }
    }

    private void answered(String path) {
        assertThat(http.get().uri(path)).as(path).hasStatusOk();
    }
}
