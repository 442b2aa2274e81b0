package dev.palimpsest.experiments;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.catalogue.BackboneRequest;
import dev.palimpsest.catalogue.DatasetFacts;
import dev.palimpsest.catalogue.RegisteredBackbone;
import dev.palimpsest.catalogue.StorageSettings;
import dev.palimpsest.data.DatasetCheck;
import dev.palimpsest.data.DatasetCheck.Range;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.methods.NearestClassMean;
import dev.palimpsest.methods.RandomProjectionRidge;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.results.PlannedTask;
import dev.palimpsest.settings.RequestRefusedException;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.workers.WorkerSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

class PictureRoomTest {

    private static final long GIB = 1L << 30;

    @TempDir
    private Path folder;

    @Test
    void aTaskThatNoDiskHoldsIsRefusedWithItsNumbersAndTheSettings() {
        DatasetFacts facts = facts(new Range(5000, 7000), new Range(4000, 7000));

        assertThatThrownBy(() -> room(true, 8 * GIB).check(facts, tasks(10, 2_000_000_000), backbone(1000)))
                .isInstanceOf(RequestRefusedException.class)
                .hasMessageContaining(
                        "The 2000000000 training images of task 'task 2' need at least 120000000000000000")
                .hasMessageContaining("palimpsest.engine.image-store-size")
                .hasMessageContaining("palimpsest.storage.picture-folder")
                .hasMessageContaining("palimpsest.storage.min-free");
    }

    @Test
    void weightsThatNoMemoryHoldsAreRefused() {
        assertThatThrownBy(() -> room(true, 2 * GIB).check(small(), tasks(10), backbone(2_000_000_000)))
                .isInstanceOf(RequestRefusedException.class)
                .hasMessageContaining("needs 8000000000 bytes of memory")
                .hasMessageContaining("PALIMPSEST_JAVA_OPTIONS");
    }

    @Test
    void sumsThatNoMemoryHoldsAreRefusedWithTheSettingThatMakesThem() {
        MethodSettings wide =
                new RandomProjectionRidge.Settings(21_000, 1.0, RandomProjectionRidge.RidgeChoice.ALL_TASKS, null);
        MethodSettings narrow =
                new RandomProjectionRidge.Settings(2000, 1.0, RandomProjectionRidge.RidgeChoice.ALL_TASKS, null);

        assertThatThrownBy(() -> room(true, 8 * GIB).check(wide, backbone(1000)))
                .isInstanceOf(RequestRefusedException.class)
                .hasMessageContaining(
                        "random_projection_ridge with width 21000 needs 8862991872 bytes of memory at once")
                .hasMessageContaining("this machine has 8053059680 beside")
                .hasMessageContaining("Choose a smaller width");
        assertThatCode(() -> room(true, 8 * GIB).check(narrow, backbone(1000))).doesNotThrowAnyException();
        assertThatCode(() -> room(true, 8 * GIB).check(new NearestClassMean.Settings(), backbone(1000)))
                .doesNotThrowAnyException();
        assertThatCode(() -> room(false, GIB).check(wide, backbone(1000))).doesNotThrowAnyException();
    }

    /// Of the one block of the backbone 256 x 256 numbers of fc2, and the 64 x 64 that k and v share.
    @Test
    void whatAPassSumsUpIsCounted() {
        MethodSettings method = SettingsBinder.read(
                SettingsBinder.mapper()
                        .readTree("{\"name\": \"inflora\", \"sites\": [\"k\", \"v\", \"fc2\"], \"rank\": 4}"),
                MethodSettings.class);
        long sums = 8L * (256 * 256 + 64 * 64);
        long weights = 4L * 1000;

        assertThatThrownBy(() -> room(true, GIB / 2 + weights + sums - 1).check(method, backbone(1000)))
                .isInstanceOf(RequestRefusedException.class)
                .hasMessageContaining("inflora with block_count 1 needs " + sums + " bytes of memory at once");
        assertThatCode(() -> room(true, GIB / 2 + weights + sums).check(method, backbone(1000)))
                .doesNotThrowAnyException();
    }

    @Test
    void whatFitsIsTakenAndWhatMayFitToo() {
        DatasetFacts wide = facts(new Range(10, 7000), new Range(10, 7000));

        assertThatCode(() -> room(true, 8 * GIB).check(small(), tasks(10, 20), backbone(1000)))
                .doesNotThrowAnyException();
        assertThatCode(() -> room(true, 8 * GIB).check(wide, tasks(100_000), backbone(1000)))
                .doesNotThrowAnyException();
    }

    @Test
    void aNodeThatRunsNothingRefusesNothing() {
        DatasetFacts facts = facts(new Range(5000, 7000), new Range(4000, 7000));

        assertThatCode(() -> room(false, GIB).check(facts, tasks(2_000_000_000), backbone(2_000_000_000)))
                .doesNotThrowAnyException();
    }

    private PictureRoom room(boolean runs, long machine) {
        var memory = new MemoryBudget(machine, GIB / 2, GIB / 4);
        var storage =
                new StorageSettings(List.of(), folder, folder, folder, folder.resolve("pictures"), DataSize.ofBytes(0));
        return new PictureRoom(memory, storage, worker(runs));
    }

    private static WorkerSettings worker(boolean runs) {
        Duration any = Duration.ofSeconds(1);
        return new WorkerSettings(runs, "node", List.of(), any, any, any);
    }

    private static DatasetFacts small() {
        return facts(new Range(8, 8), new Range(8, 8));
    }

    private static DatasetFacts facts(Range width, Range height) {
        return new DatasetFacts(List.of(), new DatasetCheck.Report(0, List.of(), 0, 0, width, height, List.of()));
    }

    private static List<PlannedTask> tasks(int... images) {
        return IntStream.range(0, images.length)
                .mapToObj(i -> new PlannedTask(i + 1, "task " + (i + 1), List.of(), List.of(), images[i], 0, 1))
                .toList();
    }

    private static RegisteredBackbone backbone(long parameters) {
        var row = new RegisteredBackbone("vit", "test", Instant.EPOCH);
        BackboneRequest asked =
                SettingsBinder.read(SettingsBinder.mapper().readTree("{\"id\": \"vit\"}"), BackboneRequest.class);
        row.describe(
                asked, new RegisteredBackbone.Weights(new VitShape(32, 16, 1, 64, 1, 256), parameters, 1), "digest");
        return row;
    }
}
