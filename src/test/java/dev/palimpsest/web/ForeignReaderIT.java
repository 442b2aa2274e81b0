package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.CheckpointManifest.CountRow;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.data.ImageSource;
import dev.palimpsest.methods.AdapterChoice;
import dev.palimpsest.methods.ClassScope;
import dev.palimpsest.methods.ExemplarSettings;
import dev.palimpsest.methods.FewShotSettings;
import dev.palimpsest.methods.FullFineTuning;
import dev.palimpsest.methods.IncrementalLora;
import dev.palimpsest.methods.LoracIpc;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.methods.RandomProjectionRidge;
import dev.palimpsest.methods.SequentialLora;
import dev.palimpsest.methods.TaskArithmetic;
import dev.palimpsest.model.MergeRule;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.TinyNetworks;
import dev.palimpsest.support.ChangedLora;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.torch.Safetensors;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `docs/read_checkpoint.py` knows the archive of a checkpoint and the backbone's file, and counts what the run
/// counted.
///
/// It needs Python with NumPy: that of `PALIMPSEST_PYTHON`, else `python3`. Elsewhere it is skipped.
@Tag("engine")
class ForeignReaderIT {

    private static final String PYTHON =
            Optional.ofNullable(System.getenv("PALIMPSEST_PYTHON")).orElse("python3");

    @TempDir
    Path folder = Path.of("");

    @BeforeAll
    static void pythonIsThere() throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                numpy(), PYTHON + " has no NumPy: set PALIMPSEST_PYTHON to a Python 3.9 or newer that has it");
    }

    private static boolean numpy() throws InterruptedException {
        try {
            return new ProcessBuilder(PYTHON, "-c", "import numpy")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException none) {
            return false;
        }
    }

    static Stream<Arguments> methods() {
        EnumSet<Site> all = EnumSet.allOf(Site.class);
        LoracIpc.Settings inferring = SmallRun.loracIpc(LoracIpc.Fidelity.CORRECTED);
        return Stream.of(
                Arguments.of(new SequentialLora.Settings(
                        new AdapterChoice(all, null, 2, null), ClassScope.TASK, SmallRun.alignment())),
                Arguments.of(new IncrementalLora.Settings(
                        new AdapterChoice(EnumSet.of(Site.K, Site.FC1), 1, 2, 3.0), ClassScope.SEEN, null)),
                Arguments.of(new FullFineTuning.Settings(ClassScope.TASK, null)),
                Arguments.of(new RandomProjectionRidge.Settings(
                        96,
                        10.0,
                        RandomProjectionRidge.RidgeChoice.ALL_TASKS,
                        new AdapterChoice(EnumSet.of(Site.K, Site.FC1), 1, 2, 3.0))),
                Arguments.of(SmallRun.infLora()),
                Arguments.of(tuned(TaskArithmetic.Head.CONCATENATED, FewShotSettings.Train.ALL)),
                Arguments.of(tuned(TaskArithmetic.Head.IN_TASK_VECTOR, FewShotSettings.Train.HEADS)),
                Arguments.of(tuned(TaskArithmetic.Head.CONCATENATED, FewShotSettings.Train.HEADS_AND_ADAPTER)),
                Arguments.of(inferring),
                Arguments.of(withoutTaskInference(inferring)));
    }

    /// A copy that was trained after the task serves.
    private static TaskArithmetic.Settings tuned(TaskArithmetic.Head head, FewShotSettings.Train train) {
        return SmallRun.taskArithmetic(head, new MergeRule.Ties(0.5, 1), ExemplarSettings.Selection.RANDOM, train);
    }

    private static LoracIpc.Settings withoutTaskInference(LoracIpc.Settings settings) {
        return new LoracIpc.Settings(
                settings.fidelity(),
                settings.adapters(),
                settings.orthogonalityWeight(),
                settings.pastCoefficientRateScale(),
                settings.firstTaskLearningRate(),
                settings.freezeFraction(),
                settings.freezeCountOver(),
                settings.sensitivityDecay(),
                settings.uncertaintyDecay(),
                settings.alignment(),
                null);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void aProgramThatKnowsOnlyTheFilesCountsAsTheRunDid(MethodSettings method)
            throws IOException, InterruptedException {
        aProgramCounts(SmallRun.Options.of(method));
    }

    private void aProgramCounts(SmallRun.Options options) throws IOException, InterruptedException {
        MethodSettings method = options.method();
        try (SmallRun run = new SmallRun(options)) {
            run.run(null);
            StoredCheckpoint last = Objects.requireNonNull(SmallRun.newest(run.store()));
            writeArchive(last);
            writeBackbone();
            writePictures(run);

            JsonNode read = read();

            for (String measure : List.of("top1", "task_known", "inferred_task")) {
                if (!measure.equals("inferred_task") || method.infersTask()) {
                    assertThat(counted(read, measure))
                            .as("%s; the smallest margin is %s", measure, read.get("least_margin"))
                            .isEqualTo(served(last, measure));
                }
            }
        }
    }

    @Test
    void itAddsADenseChange() throws IOException, InterruptedException {
        SequentialLora.Settings adapters = new SequentialLora.Settings(
                new AdapterChoice(EnumSet.of(Site.K, Site.FC2), null, 2, null), ClassScope.TASK, null);
        aProgramCounts(SmallRun.Options.of(adapters).made(() -> new ChangedLora(adapters)));
    }

    private void writeArchive(StoredCheckpoint checkpoint) throws IOException {
        try (OutputStream out = Files.newOutputStream(folder.resolve("checkpoint.tar"))) {
            CheckpointArchive.write("ckpt_a", checkpoint.files(), checkpoint::read, out);
        }
    }

    private void writeBackbone() throws IOException {
        try (OutputStream out = Files.newOutputStream(folder.resolve("backbone.safetensors"))) {
            Safetensors.write(out, TinyNetworks.weights(SmallRun.BACKBONE_SEED), Map.of());
        }
    }

    /// Every test image in a folder of its label.
    private void writePictures(SmallRun run) throws IOException {
        ImageSource test = run.dataset().test();
        for (int row = 0; row < test.size(); row++) {
            Path label = Files.createDirectories(
                    folder.resolve("images").resolve(run.dataset().labels().get(test.label(row))));
            Files.write(label.resolve(row + ".ppm"), ppm(test.image(row).pixels()));
        }
    }

    /// @param planes CHW, one byte a value
    private static byte[] ppm(byte[] planes) {
        int size = planes.length / 3;
        byte[] header = "P6\n%d %d\n255\n"
                .formatted(TinyNetworks.SIDE, TinyNetworks.SIDE)
                .getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = new byte[header.length + planes.length];
        System.arraycopy(header, 0, bytes, 0, header.length);
        for (int i = 0; i < planes.length; i++) {
            bytes[header.length + 3 * (i % size) + i / size] = planes[i];
        }
        return bytes;
    }

    private JsonNode read() throws IOException, InterruptedException {
        Path answer = folder.resolve("answer.txt");
        int status = new ProcessBuilder(
                        PYTHON,
                        Path.of("docs", "read_checkpoint.py").toString(),
                        folder.resolve("checkpoint.tar").toString(),
                        folder.resolve("backbone.safetensors").toString(),
                        folder.resolve("images").toString())
                .redirectErrorStream(true)
                .redirectOutput(answer.toFile())
                .start()
                .waitFor();
        String text = Files.readString(answer);
        assertThat(status).as(text).isZero();
        return JsonMapper.shared().readTree(text);
    }

    private static List<Integer> counted(JsonNode read, String measure) {
        return Stream.of("1", "2", "3")
                .map(task -> read.at("/tasks/" + task + "/" + measure).intValue())
                .toList();
    }

    private static List<@Nullable Integer> served(StoredCheckpoint checkpoint, String measure) {
        return checkpoint.manifest().counts().stream()
                .filter(row -> row.afterTask() == SmallRun.TASKS
                        && row.stage().equals("final")
                        && row.measure().equals(measure))
                .map(CountRow::correct)
                .findFirst()
                .orElseThrow();
    }
}
