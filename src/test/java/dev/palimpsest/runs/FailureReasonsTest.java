package dev.palimpsest.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.palimpsest.catalogue.DatasetRequest;
import dev.palimpsest.data.DatasetSpec;
import dev.palimpsest.data.ImageLayout;
import dev.palimpsest.experiments.JobPayload;
import dev.palimpsest.files.ReadLimits;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.torch.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What ends a job at once, and what is worth another attempt: by exceptions as they are really thrown.
class FailureReasonsTest {

    @TempDir
    Path folder;

    @Test
    void aPictureThatCannotBeReadIsTheDataSetsFault() throws IOException {
        Files.createDirectories(folder.resolve("train/a"));
        Files.createDirectories(folder.resolve("test/a"));
        Files.writeString(folder.resolve("train/a/broken.png"), "no picture");
        Files.writeString(folder.resolve("test/a/broken.png"), "no picture");
        Throwable failure = thrown(() -> {
            var spec = SettingsBinder.read(
                    SettingsBinder.mapper()
                            .readTree("{\"kind\": \"images\", \"id\": \"broken\", \"location\": \"here\"}"),
                    DatasetRequest.class);
            DatasetSpec images = ((DatasetRequest.Images) spec).at(folder);
            try (var dataset = images.open(new ReadLimits(100, 1 << 20))) {
                ImageLayout.of(dataset.train(), new int[] {0}, 1, () -> false);
            }
        });

        assertThat(FailureReasons.of(failure)).contains(StatusReason.DATASET_INVALID);
        assertThat(FailureReasons.detail(failure)).contains("broken.png", "register the data set under another id");
    }

    @Test
    void aStoredPlanThatCannotBeReadIsRejected() {
        Throwable unread = thrown(() -> SettingsBinder.mapper().readValue("{\"method\": 3}", JobPayload.class));

        assertThat(FailureReasons.of(unread)).contains(StatusReason.CONFIG_REJECTED);
        assertThat(FailureReasons.detail(unread)).startsWith("The stored plan cannot be read by this release");
    }

    @Test
    void tensorsOfACheckpointThatCannotBeReadAreTheCheckpointsFault() throws IOException {
        Path file = Files.writeString(folder.resolve("state.safetensors"), "no tensors at all");

        assertThat(FailureReasons.of(thrown(() -> Safetensors.open(file).close())))
                .contains(StatusReason.CHECKPOINT_CORRUPT);
    }

    @Test
    void aFullDiskIsToldApartFromOneThatDoesNotAnswer() {
        var full = new IOException("/data/x: No space left on device");
        var readOnly = new IOException("/data/x: Read-only file system");

        assertThat(FailureReasons.of(full)).contains(StatusReason.DISK_FULL);
        assertThat(FailureReasons.of(new UncheckedIOException(full))).contains(StatusReason.DISK_FULL);
        assertThat(FailureReasons.of(readOnly)).contains(StatusReason.STORAGE_UNAVAILABLE);
    }

    @Test
    void whatNobodyForesawHasNoReason() {
        assertThat(FailureReasons.of(new IllegalArgumentException("rank must be at least 1, got 0")))
                .isEmpty();
    }

    private static Throwable thrown(ThrowingCallable work) {
        Throwable failure = catchThrowable(work);
        assertThat(failure).isNotNull();
        return failure;
    }
}
