package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.methods.ContinualMethods;
import dev.palimpsest.methods.MethodInfo;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.support.SmallRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// No setting of a method or of its training is ignored: another value makes another run.
@Tag("engine")
class EverySettingIT {

    private static final String ADAPTERS = """
            {"name": "%s", "sites": ["q", "k", "fc1"], "rank": 2, "class_scope": "task",
             "alignment": {"statistics": "centroids", "centroids": 2, "epochs": 2, "samples_per_step": 16}}""";

    /// Smallest values at which everything has an effect.
    private static final Map<String, String> METHODS = Map.of(
            "lorac_ipc", """
                    {"name": "lorac_ipc", "sites": ["q", "k", "fc1"], "rank": 2, "freeze_fraction": 0.4,
                     "task_inference": {"clusters": 2},
                     "alignment": {"statistics": "centroids", "centroids": 2, "epochs": 2, "samples_per_step": 16}}""",
            "inflora", """
                    {"name": "inflora", "sites": ["k", "v", "fc1"], "rank": 4, "energy_threshold_start": 0.9999999,
                     "projection": "two_sided", "alignment": {"epochs": 2, "samples_per_class": 16}}""",
            "sequential_lora", ADAPTERS.formatted("sequential_lora"),
            "incremental_lora", ADAPTERS.formatted("incremental_lora"),
            "full_fine_tuning", """
                    {"name": "full_fine_tuning",
                     "alignment": {"statistics": "centroids", "centroids": 2, "epochs": 2, "samples_per_step": 16}}""",
            "linear_probe", """
                    {"name": "linear_probe",
                     "alignment": {"statistics": "centroids", "centroids": 2, "epochs": 2, "samples_per_step": 16}}""",
            "joint_lora", """
                    {"name": "joint_lora", "sites": ["q", "k", "fc1"], "rank": 2}""",
            "random_projection_ridge", """
                    {"name": "random_projection_ridge", "width": 96,
                     "adaptation": {"sites": ["q", "k", "fc1"], "rank": 2}}""",
            "nearest_class_mean", """
                    {"name": "nearest_class_mean"}""",
            "task_arithmetic", """
                    {"name": "task_arithmetic", "sites": ["q", "k", "fc1"], "rank": 2,
                     "exemplars": {"per_class": 3},
                     "few_shot": {"train": "heads_and_adapter", "epochs": 3, "batch_size": 8,
                      "optimizer": {"name": "adam", "learning_rate": 0.01, "weight_decay": 0.1},
                      "schedule": {"name": "cosine", "min_learning_rate": 0.001, "lag_epochs": 1}}}""");

    private static final String TRAINING = """
            {"epochs": 3, "batch_size": 8, "clip_norm": 1.0, "optimizer": %s,
             "schedule": {"name": "cosine", "min_learning_rate": 0.001, "lag_epochs": 1}}""";

    private static final Map<String, String> OPTIMIZERS = Map.of(
            "adam", "{\"name\": \"adam\", \"learning_rate\": 0.01, \"weight_decay\": 0.1}",
            "adamw", "{\"name\": \"adamw\", \"learning_rate\": 0.01, \"weight_decay\": 0.1}",
            "sgd", "{\"name\": \"sgd\", \"learning_rate\": 0.05, \"weight_decay\": 0.1, \"momentum\": 0.9}");

    /// By the last name of a setting, other values of it as JSON.
    private static final Map<String, List<String>> OTHERS = Map.ofEntries(
            Map.entry("fidelity", List.of("\"reference\"")),
            Map.entry("sites", List.of("[\"q\"]")),
            Map.entry("block_count", List.of("1")),
            Map.entry("rank", List.of("1")),
            Map.entry("scale", List.of("0.9")),
            Map.entry("orthogonality_weight", List.of("0.0", "0.1")),
            Map.entry("past_coefficient_rate_scale", List.of("0.0", "0.5")),
            Map.entry("first_task_learning_rate", List.of("0.02")),
            Map.entry("freeze_fraction", List.of("0.0", "1.0")),
            Map.entry("freeze_count_over", List.of("\"free_sites\"")),
            Map.entry("sensitivity_decay", List.of("0.5")),
            Map.entry("uncertainty_decay", List.of("0.5")),
            Map.entry("memory", List.of("\"plain\"")),
            Map.entry("energy_threshold_start", List.of("0.9")),
            Map.entry("energy_threshold_end", List.of("0.99999995")),
            Map.entry("energy", List.of("\"eigenvalues\"")),
            Map.entry("projection", List.of("\"left\"")),
            Map.entry("down_init", List.of("\"random\"", "\"current\"", "\"random_projected\"")),
            Map.entry("samples_per_class", List.of("8")),
            Map.entry("shrink_means", List.of("false")),
            Map.entry("logit_norm_temperature", List.of("null", "0.5")),
            Map.entry("adaptation", List.of("null")),
            Map.entry("width", List.of("64")),
            Map.entry("ridge", List.of("0.5")),
            Map.entry("ridge_choice", List.of("\"newest_task\"")),
            Map.entry("class_scope", List.of("\"seen\"")),
            Map.entry("alignment", List.of("null")),
            Map.entry("task_inference", List.of("null")),
            Map.entry("clusters", List.of("1")),
            Map.entry("statistics", List.of("\"covariance\"", "\"variance\"")),
            Map.entry("centroids", List.of("1")),
            Map.entry("samples_per_step", List.of("8")),
            Map.entry("start", List.of("\"sequential\"")),
            Map.entry("head", List.of("\"in_task_vector\"")),
            Map.entry("exemplars", List.of("{\"per_class\": 4, \"selection\": \"random\"}")),
            Map.entry("per_class", List.of("2")),
            Map.entry("selection", List.of("\"herding\"")),
            Map.entry("few_shot", List.of("null")),
            Map.entry("train", List.of("\"heads\"", "\"all\"")),
            Map.entry("kl_weight", List.of("0.3")),
            Map.entry("merge", List.of("{\"rule\": \"average\"}", "{\"rule\": \"moving_average\", \"alpha\": 0.5}")),
            Map.entry("coefficient", List.of("0.0", "0.5")),
            Map.entry("epochs", List.of("1")),
            Map.entry("batch_size", List.of("4")),
            Map.entry("clip_norm", List.of("null", "0.1")),
            Map.entry("learning_rate", List.of("0.002")),
            Map.entry("head_learning_rate", List.of("0.002")),
            Map.entry("weight_decay", List.of("0.0")),
            Map.entry("beta1", List.of("0.5")),
            Map.entry("beta2", List.of("0.5")),
            Map.entry("epsilon", List.of("0.001")),
            Map.entry("momentum", List.of("0.0")),
            Map.entry("min_learning_rate", List.of("0.0")),
            Map.entry("lag_epochs", List.of("0")));

    static Stream<String> methods() {
        return ContinualMethods.all().stream().map(MethodInfo::name);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void everySettingOfAMethodChangesItsRun(String name) {
        ObjectNode base = resolved(Objects.requireNonNull(METHODS.get(name)), MethodSettings.class);
        TrainingSettings training = training("adam");
        Map<String, String> usual = run(method(base), training);

        for (Change change : changes(base)) {
            assertThat(run(method(change.in(base)), training))
                    .as("%s: %s", name, change)
                    .isNotEqualTo(usual);
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void everySettingOfTheTrainingChangesTheRun(String name) {
        MethodSettings method = method(resolved(Objects.requireNonNull(METHODS.get(name)), MethodSettings.class));
        if (method.info().training() == null) {
            return; // a training of its own is refused
        }
        for (String optimizer : new TreeSet<>(OPTIMIZERS.keySet())) {
            ObjectNode base = resolved(TRAINING.formatted(OPTIMIZERS.get(optimizer)), TrainingSettings.class);
            Map<String, String> usual = run(method, training(base));

            for (Change change : changes(base)) {
                assertThat(run(method, training(change.in(base))))
                        .as("%s: %s", name, change)
                        .isNotEqualTo(usual);
            }
        }
    }

    @Test
    void equalSettingsMakeEqualRuns() {
        MethodSettings method =
                method(resolved(Objects.requireNonNull(METHODS.get("lorac_ipc")), MethodSettings.class));

        assertThat(run(method, training("adam"))).isEqualTo(run(method, training("adam")));
    }

    /// Digests of all files, the counts of all rows, and how the files make a model.
    private static Map<String, String> run(MethodSettings method, TrainingSettings training) {
        try (SmallRun run = new SmallRun(SmallRun.Options.of(method).trained(training))) {
            assertThat(run.run(null)).isEqualTo(new TrainingOutcome.Completed());
            Map<String, String> result = new LinkedHashMap<>(run.digests());
            CheckpointManifest last =
                    Objects.requireNonNull(SmallRun.newest(run.store())).manifest();
            result.put("counts", last.counts().toString());
            result.put("model", String.valueOf(last.model()));
            return result;
        }
    }

    /// Another value for the setting at a path.
    private record Change(List<String> path, String value) {

        ObjectNode in(ObjectNode base) {
            ObjectNode copy = base.deepCopy();
            ObjectNode parent = copy;
            for (String step : path.subList(0, path.size() - 1)) {
                parent = (ObjectNode) parent.get(step);
            }
            parent.set(path.getLast(), json(value));
            return copy;
        }
    }

    /// One or more for each setting there is.
    private static List<Change> changes(ObjectNode base) {
        List<Change> result = new ArrayList<>();
        collect(base, List.of(), result);
        return result;
    }

    private static void collect(ObjectNode node, List<String> path, List<Change> result) {
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            List<String> here =
                    Stream.concat(path.stream(), Stream.of(field.getKey())).toList();
            if (field.getValue() instanceof ObjectNode inner) {
                collect(inner, here, result);
            }
            List<String> others = OTHERS.get(field.getKey());
            if (others != null) {
                others.stream()
                        .filter(value -> !json(value).equals(field.getValue()))
                        .forEach(value -> result.add(new Change(here, value)));
            } else {
                assertThat(field.getKey())
                        .as("a setting without another value")
                        .isIn("name", "rule", "optimizer", "schedule");
            }
        }
    }

    private static TrainingSettings training(String optimizer) {
        return training(resolved(TRAINING.formatted(OPTIMIZERS.get(optimizer)), TrainingSettings.class));
    }

    private static TrainingSettings training(JsonNode json) {
        return SettingsBinder.read(json, TrainingSettings.class);
    }

    private static MethodSettings method(JsonNode json) {
        return SettingsBinder.read(json, MethodSettings.class);
    }

    /// With all defaults.
    private static ObjectNode resolved(String text, Class<?> type) {
        return (ObjectNode) SettingsBinder.resolve(json(text), type);
    }

    private static JsonNode json(String text) {
        return JsonMapper.builder().build().readTree(text);
    }
}
