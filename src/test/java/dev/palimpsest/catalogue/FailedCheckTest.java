package dev.palimpsest.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.checkpoints.FreeSpace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.io.ByteArrayResource;

class FailedCheckTest {

    @TempDir
    private Path folder;

    @Test
    void anUploadThatIsInterruptedSaysNothingOfItsContent() {
        try (StoredUpload upload =
                StoredUpload.receive(new ByteArrayResource(new byte[10]), folder, new FreeSpace(0))) {
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> upload.keep(folder.resolve("kept")))
                    .isInstanceOf(UncheckedIOException.class)
                    .satisfies(failure -> assertThatThrownBy(() -> FailedCheck.requireOwn(failure))
                            .isInstanceOf(CancellationException.class)
                            .hasCause(failure));
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void aFailureOfTheFileIsAFinding() {
        var failure = new UncheckedIOException("cannot read", new IOException("Input/output error"));

        assertThatCode(() -> FailedCheck.requireOwn(failure)).doesNotThrowAnyException();
        assertThat(FailedCheck.facts(failure, () -> false)
                        .report()
                        .checks()
                        .getFirst()
                        .examples())
                .containsExactly("Cannot read.");
    }

    @Test
    void whileTheNodeStopsNoFailureIsAFinding() {
        assertThatThrownBy(() -> FailedCheck.facts(new IllegalStateException("pool closed"), () -> true))
                .isInstanceOf(CancellationException.class);
    }
}
