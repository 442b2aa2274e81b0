package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.GoldenCases;
import dev.palimpsest.support.GoldenCases.GoldenCase;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.torch.NumericMode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The comparisons with the published numbers take every size from the files: the numbers of the project's own cases,
/// written with other sizes, are the same numbers.
@Tag("engine")
class GoldenVariationIT {

    private static final Path OWN = Path.of("src/test/resources/golden/lorac-ipc");

    @TempDir
    Path folder;

    @Test
    void aTraceMayEndBeforeItsLastTask() throws IOException {
        new GoldenVariation(4, 2, 3, 4).write(OWN, folder, "trace-");

        for (GoldenCase golden : GoldenCases.in(folder)) {
            if (golden.name().startsWith("trace-")) {
                GoldenSetup setup = new GoldenSetup(golden);
                assertThat(setup.pool()).isEqualTo(4);
                assertThat(setup.tasks()).isEqualTo(2);
                GoldenComparison comparison = new GoldenComparison();
                new GoldenTrace(setup, NumericMode.FP64, LoracIpc.Fidelity.REFERENCE, comparison).compare();
                comparison.assertNear();
                comparison.assertEveryChangeIsSeen();
            }
        }
    }

    @Test
    void aBankAndAHeadMayHaveRoomForFurtherTasks() throws IOException {
        new GoldenVariation(5, 3, 3, 4).write(OWN, folder, "trace-", "classifier-alignment", "task-id", "quirks");

        GoldenComparison comparison = new GoldenComparison();
        comparison.run("alignment");
        new GoldenAlignment(setup("classifier-alignment"), NumericMode.FP64, comparison).compare();
        comparison.run("task-id");
        new GoldenTaskIdentity(setup("task-id"), NumericMode.FP64, comparison).compare();

        comparison.assertNear();
        new GoldenQuirks(golden("quirks")).compare().assertNear();
    }

    private GoldenSetup setup(String name) {
        return new GoldenSetup(golden(name));
    }

    private GoldenCase golden(String name) {
        return GoldenCases.in(folder).stream()
                .filter(golden -> golden.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
