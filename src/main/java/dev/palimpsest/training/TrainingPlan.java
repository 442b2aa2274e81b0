package dev.palimpsest.training;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.palimpsest.data.InputProfile;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.settings.SettingsBinder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Everything that decides a run, resolved: two runs of one plan on one machine give the same counts.
///
/// @param datasetSha256 digest of the data set's content
/// @param backboneSha256 digest of the weights file
/// @param training null for a method that does not train
/// @param precision as asked: `fp32`, `bf16` or `auto`
/// @param validationFraction share of the training images of each class that is kept away
public record TrainingPlan(
        String datasetSha256,
        String backboneSha256,
        Scenario scenario,
        List<PlannedTask> tasks,
        InputProfile input,
        MethodSettings method,
        @Nullable TrainingSettings training,
        String precision,
        double validationFraction,
        EvaluateAfter after,
        long seed) {

    /// One task as planned.
    ///
    /// @param classes labels in the order of the head
    public record PlannedTask(String name, List<String> classes) {
        public PlannedTask {
            classes = List.copyOf(classes);
        }
    }

    public enum EvaluateAfter {
        @JsonProperty("every_task")
        EVERY_TASK,
        @JsonProperty("last_task")
        LAST_TASK
    }

    public TrainingPlan {
        tasks = List.copyOf(tasks);
    }

    /// `sha256:` and the digest of the plan as JSON with sorted keys and no white space.
    public String fingerprint() {
        return fingerprint(SettingsBinder.write(this));
    }

    /// Of any plan as JSON.
    static String fingerprint(JsonNode plan) {
        String text = sorted(plan).toString();
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "sha256:" + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static JsonNode sorted(JsonNode node) {
        if (node instanceof ObjectNode object) {
            TreeMap<String, JsonNode> fields = new TreeMap<>();
            object.properties().forEach(field -> fields.put(field.getKey(), sorted(field.getValue())));
            ObjectNode result = JsonNodeFactory.instance.objectNode();
            fields.forEach(result::set);
            return result;
        }
        if (node instanceof ArrayNode array) {
            ArrayNode result = JsonNodeFactory.instance.arrayNode();
            array.forEach(item -> result.add(sorted(item)));
            return result;
        }
        return node;
    }
}
