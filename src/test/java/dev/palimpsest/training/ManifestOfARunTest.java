package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.CheckpointManifest.Kind;
import dev.palimpsest.checkpoints.CheckpointManifest.KnownClass;
import dev.palimpsest.checkpoints.ServedModel;
import dev.palimpsest.checkpoints.ServedModel.Crop;
import dev.palimpsest.checkpoints.ServedModel.Filter;
import dev.palimpsest.checkpoints.ServedModel.HeadRows;
import dev.palimpsest.checkpoints.ServedModel.Pixels;
import dev.palimpsest.checkpoints.ServedModel.Resize;
import dev.palimpsest.data.InputProfile;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.support.InMemoryCheckpointStore;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// What the manifests of a run say of its plan and of the model.
class ManifestOfARunTest {

    private static final double[] MEAN = {0.5, 0.25, 0.125};
    private static final double[] STD = {1, 2, 4};

    private static List<CheckpointManifest> manifests() {
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        ScriptedRun.of(2).run(new ScriptedEngine(), ScriptedMethod.plain(), store, 1, 1, StopRequest.NEVER, null);
        return store.list("job").stream().map(key -> store.open(key).manifest()).toList();
    }

    private static ServedModel model(CheckpointManifest manifest) {
        return Objects.requireNonNull(manifest.model());
    }

    private static ServedModel.Inference inference(int learned, Inference inference) {
        InputProfile input = InputProfile.named("plain", 32, MEAN, STD, 1, true);
        ServedModel model =
                ModelForm.of(new ScriptedEngine(), input, ScriptedRun.of(1).tasks(), learned, inference);
        return Objects.requireNonNull(model.inference());
    }

    private static Pixels pixels(String profile, double crop, boolean small) {
        InputProfile input = InputProfile.named(profile, 224, MEAN, STD, crop, small);
        return ModelForm.of(new ScriptedEngine(), input, ScriptedRun.of(1).tasks(), 0, null)
                .pixels();
    }

    @Test
    void thePlanIsTheOneThatTheFingerprintNames() {
        assertThat(manifests()).hasSize(2 * ScriptedRun.TASKS).allSatisfy(manifest -> {
            TrainingPlan plan =
                    SettingsBinder.mapper().treeToValue(Objects.requireNonNull(manifest.plan()), TrainingPlan.class);

            assertThat(plan.fingerprint()).isEqualTo(manifest.fingerprint());
        });
    }

    /// By another way of sorting than the plan's own.
    @Test
    void theFingerprintIsTheDigestOfThePlanInSortedJson() throws Exception {
        TrainingPlan plan = SettingsBinder.mapper()
                .treeToValue(Objects.requireNonNull(manifests().getFirst().plan()), TrainingPlan.class);
        JsonMapper sorting = JsonMapper.builder()
                .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                .build();
        String json = sorting.writeValueAsString(
                sorting.convertValue(SettingsBinder.write(plan), new TypeReference<Map<String, Object>>() {}));
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(json.getBytes(StandardCharsets.UTF_8));

        assertThat(plan.fingerprint()).isEqualTo("sha256:" + HexFormat.of().formatHex(digest));
    }

    @Test
    void aManifestSaysWhatItsFilesHoldAndWhatIsLearned() {
        List<CheckpointManifest> all = manifests();

        assertThat(all.get(0).contains()).containsExactly("optimizer_state", "class_map", "random_state");
        assertThat(all.get(1).contains()).containsExactly("adapters", "class_map", "random_state");
        assertThat(all.get(2).contains()).containsExactly("adapters", "optimizer_state", "class_map", "random_state");
        assertThat(all.get(0).classes()).isEmpty();
        assertThat(all.get(3).classes())
                .containsExactly(
                        new KnownClass("class 0", 1, 0),
                        new KnownClass("class 1", 1, 1),
                        new KnownClass("class 2", 2, 2),
                        new KnownClass("class 3", 2, 3));
        assertThat(all).allSatisfy(manifest -> {
            boolean inside = manifest.kind() == Kind.IN_TASK;
            assertThat(manifest.trainSeconds() != null).isEqualTo(inside);
            assertThat(manifest.continuable()).isEqualTo(!inside);
        });
    }

    @Test
    void insideATaskTheFilesAreNoModel() {
        assertThat(manifests())
                .allSatisfy(manifest ->
                        assertThat(model(manifest).inference() == null).isEqualTo(manifest.kind() == Kind.IN_TASK));
    }

    @Test
    void everyLearnedTaskHasItsRowsOfTheHeads() {
        assertThat(model(manifests().get(3)).heads()).containsExactly(new HeadRows(1, 0, 2), new HeadRows(2, 2, 2));
    }

    @Test
    void anAdapterCountsItsCoefficientInEveryBlockOfItsSites() {
        AdapterView view = new AdapterView(List.of(
                SiteValues.of(2, site -> site.matrix() == Site.Q ? 1 + site.block() : 9), SiteValues.all(2, 0.5)));

        ServedModel.Inference served = inference(2, new Inference.Latest(view, true));

        assertThat(served.servedBy()).isEqualTo(ServedModel.ServedBy.LATEST);
        assertThat(served.snapshots()).singleElement().satisfies(snapshot -> {
            assertThat(snapshot.task()).isEqualTo(2);
            assertThat(snapshot.adapters())
                    .containsExactly(
                            new ServedModel.AdapterCoefficients(1, Map.of("q", List.of(1.0, 2.0))),
                            new ServedModel.AdapterCoefficients(2, Map.of("q", List.of(0.5, 0.5))));
        });
    }

    @Test
    void classesThatAreNotLearnedYetTakePartOnlyWhereTheMethodSaysSo() {
        assertThat(inference(1, new Inference.Latest(AdapterView.NONE, true)).scoredClasses())
                .isEqualTo(2);
        assertThat(inference(1, new Inference.Latest(AdapterView.NONE, false)).scoredClasses())
                .isEqualTo(2 * ScriptedRun.TASKS);
    }

    @Test
    void thePixelsAreGivenInNumbers() {
        List<Double> mean = List.of(0.5, 0.25, 0.125);
        List<Double> deviation = List.of(1.0, 2.0, 4.0);
        List<Double> zero = List.of(0.0, 0.0, 0.0);
        List<Double> one = List.of(1.0, 1.0, 1.0);

        assertThat(pixels("backbone_default", 0.875, false))
                .isEqualTo(new Pixels(224, Resize.SHORTER_SIDE, 256, Filter.BICUBIC, Crop.CENTRE, mean, deviation));
        assertThat(pixels("plain", 1, false))
                .isEqualTo(new Pixels(224, Resize.NONE, null, null, Crop.NONE, mean, deviation));
        assertThat(pixels("inflora", 1, true))
                .isEqualTo(new Pixels(224, Resize.SQUARE, 224, Filter.BILINEAR, Crop.NONE, zero, one));
    }
}
