package dev.palimpsest.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.data.DatasetCheck;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.support.TinyInputs;
import dev.palimpsest.support.WebTest;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.test.context.TestPropertySource;

/// How a check ends that does not get to its end. No scheduler runs: the tests do its work.
@WebTest
@TestPropertySource(properties = {"palimpsest.home=target/test-checks-home", "db-scheduler.enabled=false"})
class DatasetChecksIT {

    @Autowired
    Datasets datasets;

    @Test
    void aCheckThatIsToStopWritesNothingAndIsDoneAgain() {
        RegisteredDataset asked = upload();

        assertThatThrownBy(() -> datasets.check(asked.id(), asked.checkNumber(), () -> true))
                .isInstanceOf(CancellationException.class);
        assertThat(state(asked)).isEqualTo(DatasetState.CHECKING);

        datasets.check(asked.id(), asked.checkNumber(), () -> false);
        assertThat(state(asked)).isEqualTo(DatasetState.READY);
    }

    @Test
    void anInterruptedCheckWritesNothingAndIsDoneAgain() {
        RegisteredDataset asked = upload();
        Thread caller = Thread.currentThread();

        assertThatThrownBy(() -> datasets.check(asked.id(), asked.checkNumber(), interrupting(caller)))
                .isInstanceOf(CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(state(asked)).isEqualTo(DatasetState.CHECKING);

        datasets.check(asked.id(), asked.checkNumber(), () -> false);
        assertThat(state(asked)).isEqualTo(DatasetState.READY);
    }

    @Test
    void aCheckWithoutMemoryEndsAndCanBeAskedForAgain() {
        RegisteredDataset asked = upload();
        BooleanSupplier noMemory = () -> {
            if (Thread.currentThread().getName().startsWith("decode-")) {
                throw new OutOfMemoryError("Java heap space");
            }
            return false;
        };

        datasets.check(asked.id(), asked.checkNumber(), noMemory);

        RegisteredDataset failed = datasets.find(asked.id()).orElseThrow();
        assertThat(failed.state()).isEqualTo(DatasetState.INVALID);
        DatasetCheck.Check found =
                failed.facts().orElseThrow().report().checks().getFirst();
        assertThat(found.code()).isEqualTo("check_failed");
        assertThat(found.examples().getFirst())
                .startsWith("The check could not be finished (java.lang.OutOfMemoryError: Java heap space).");

        RegisteredDataset again = register(asked.id());
        datasets.check(again.id(), again.checkNumber(), () -> false);
        assertThat(state(again)).isEqualTo(DatasetState.READY);
    }

    private static BooleanSupplier interrupting(Thread caller) {
        return () -> {
            caller.interrupt();
            while (caller.isInterrupted()) { // until it was told
                Thread.onSpinWait();
            }
            return false;
        };
    }

    private DatasetState state(RegisteredDataset row) {
        return datasets.find(row.id()).orElseThrow().state();
    }

    private RegisteredDataset upload() {
        return register("d-" + UUID.randomUUID());
    }

    private RegisteredDataset register(String id) {
        return datasets.register(
                        SettingsBinder.mapper().readTree("{\"id\": \"%s\", \"layout\": \"split/class\"}".formatted(id)),
                        new ByteArrayResource(TinyInputs.pictures(2, 3, 2, 1)),
                        "test")
                .entry();
    }
}
