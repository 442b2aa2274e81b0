package dev.palimpsest.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.methods.ContinualMethods;
import dev.palimpsest.methods.MethodInfo;
import dev.palimpsest.methods.NearestClassMean;
import dev.palimpsest.metrics.MetricDefinition;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.settings.SettingsCheck;
import java.io.File;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Every preset is a request that needs a data set and a backbone and nothing else.
class PresetsTest {

    private static final VitShape VIT_B = new VitShape(224, 16, 12, 768, 12, 3072);

    static List<Preset> presets() {
        return Presets.all();
    }

    private static ObjectNode json(String text) {
        return (ObjectNode) JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    private static ObjectNode filled(Preset preset, ObjectNode given) {
        ObjectNode below = preset.below(given);
        MethodInfo method = ContinualMethods.all().stream()
                .filter(info -> info.name().equals(below.at("/method/name").stringValue("")))
                .findFirst()
                .orElseThrow();
        return RequestDefaults.fill(below, method, null, null);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("presets")
    void withADataSetAndABackboneItIsARequest(Preset preset) {
        ObjectNode request = filled(
                preset, json("{'preset': '%s', 'dataset_id': 'd', 'backbone_id': 'b'}".formatted(preset.name())));

        assertThat(SettingsCheck.check(request, ExperimentRequest.class, "")).isEmpty();
        ExperimentRequest read = SettingsBinder.read(request, ExperimentRequest.class);
        assertThat(preset.name()).startsWith(read.method().info().name() + "/").matches("[a-z0-9._-]+/[a-z0-9._-]+");
        assertThat(read.method().faults(VIT_B)).isEmpty();
        assertThat(preset.request().has("dataset_id")).isFalse();
        assertThat(preset.request().has("backbone_id")).isFalse();
        assertThat(preset.kept(SettingsBinder.write(read))).isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("presets")
    void itsPublishedNumbersAreOfMetricsThatWeComputeAndSayWhereTheyAreFrom(Preset preset) {
        assertThat(preset.published()).isNotEmpty().allSatisfy(one -> {
            MetricDefinition definition = Stream.of(MetricDefinition.values())
                    .filter(known -> known.wireName().equals(one.metric()))
                    .findFirst()
                    .orElseThrow();
            assertThat(one.assumedDefinition()).isEqualTo(definition.id());
            assertThat(one.mean()).isBetween(0.0, 100.0);
            assertThat(one.source()).isNotBlank();
        });
        assertThat(preset.about()).isNotBlank();
    }

    @Test
    void namesAreDistinctAndEveryFileIsOfAMethod() {
        assertThat(Presets.all()).extracting(Preset::name).doesNotHaveDuplicates();
        assertThat(ContinualMethods.all().stream().flatMap(info -> Presets.of(info).stream()))
                .containsExactlyElementsOf(Presets.all());
        assertThat(new File("src/main/resources/presets").list())
                .allMatch(file -> ContinualMethods.all().stream().anyMatch(info -> file.equals(info.name() + ".json")));
    }

    @Test
    void whatARequestSaysLiesOverThePreset() {
        Preset preset = Presets.find("lorac_ipc/split_cifar100_augreg").orElseThrow();

        ObjectNode below = preset.below(
                json(
                        "{'method': {'freeze_fraction': 0.0, 'task_inference': null}, 'seeds': [7], 'training': {'schedule': {'name': 'constant'}}}"));

        assertThat(below.at("/method/freeze_fraction").doubleValue()).isZero();
        assertThat(below.at("/method/task_inference").isNull()).isTrue();
        assertThat(below.at("/method/rank").intValue()).isEqualTo(16);
        assertThat(below.at("/method/alignment/epochs").intValue()).isEqualTo(50);
        assertThat(below.get("seeds")).isEqualTo(JsonMapper.shared().readTree("[7]"));
        assertThat(below.at("/training/schedule")).isEqualTo(json("{'name': 'constant'}"));
        assertThat(below.at("/training/epochs").intValue()).isEqualTo(10);
    }

    @Test
    void onlySeedsMayChangeBeforeAMeasurementIsOfAnotherProtocol() {
        Preset preset = Presets.find("nearest_class_mean/split_cifar100").orElseThrow();
        String more = "'dataset_id': 'd', 'backbone_id': 'b'";
        JsonNode seeds = resolved(preset, "{%s, 'seeds': [5, 6]}".formatted(more));
        JsonNode tasks = resolved(preset, "{%s, 'split': {'task_count': 5}}".formatted(more));

        assertThat(preset.kept(seeds)).isTrue();
        assertThat(preset.kept(tasks)).isFalse();
    }

    private static JsonNode resolved(Preset preset, String given) {
        return SettingsBinder.write(SettingsBinder.read(filled(preset, json(given)), ExperimentRequest.class));
    }

    @Test
    void aRequestThatWasStoredBeforeThereWerePresetsIsRead() {
        Preset preset = Presets.find("nearest_class_mean/split_cifar100").orElseThrow();
        ObjectNode stored = (ObjectNode) resolved(preset, "{'dataset_id': 'd', 'backbone_id': 'b'}");
        stored.remove("preset");

        ExperimentRequest read = SettingsBinder.mapper().treeToValue(stored, ExperimentRequest.class);

        assertThat(read.preset()).isNull();
        assertThat(read.method()).isEqualTo(new NearestClassMean.Settings());
    }
}
