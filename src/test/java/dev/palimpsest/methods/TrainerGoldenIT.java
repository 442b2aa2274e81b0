package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.support.GoldenCases;
import dev.palimpsest.support.GoldenCases.GoldenCase;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.torch.NumericMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/// The numbers of the published implementation through everything that a run of the service goes through: plan, engine,
/// trainer, loop, collecting and evaluation.
@Tag("engine")
class TrainerGoldenIT {

    /// Of features, in float64.
    private static final double EXACT = 1e-10;

    /// A case is computed once for both of its tests.
    private static final Map<String, GoldenComparison> DONE = new HashMap<>();

    @TestFactory
    Stream<DynamicTest> aPublishedRunIsTheTrainersRun() {
        return GoldenCases.tests("lorac-ipc", "trace-", golden -> run(golden).assertNear());
    }

    @TestFactory
    Stream<DynamicTest> aChangedNumberOfTheRunIsSeen() {
        return GoldenCases.tests("lorac-ipc", "trace-", golden -> run(golden).assertEveryChangeIsSeen());
    }

    /// Alignment learns from the snapshot of the class's own task, inference of the task from the first one.
    @TestFactory
    Stream<DynamicTest> statisticsComeFromTheSnapshotsOfThePublishedRun() {
        return GoldenCases.tests("lorac-ipc", "trace-", golden -> {
            GoldenSetup setup = whole(golden);
            GoldenComparison comparison = new GoldenComparison();
            // a rate of 0: the heads of the next task start as the trace's do
            LoracIpc.Settings settings = setup.settings(
                    LoracIpc.Fidelity.REFERENCE,
                    new AlignmentSettings(ClassStatistics.Kind.VARIANCE, 1, 1, 0, 16),
                    new LoracIpc.TaskInference(2));
            List<GoldenEngine.Collected> collected =
                    new GoldenTrainerRun(setup, NumericMode.FP64, settings, comparison).collected();

            List<Integer> askedAfter = new ArrayList<>(List.of(0));
            for (int t = 1; t < setup.tasks(); t++) {
                askedAfter.addAll(List.of(t, t));
            }
            assertThat(collected)
                    .allSatisfy(one -> assertThat(one.task())
                            .isEqualTo(askedAfter.get(one.asked()).intValue()));
            assertThat(collected).hasSize(askedAfter.size() * setup.classesPerTask());
            Stored aligned = alignment(golden, setup);
            Stored first = new Stored(
                    GoldenSetup.read(golden.beside("task-id", setup.names())
                                    .orElseThrow()
                                    .tensors()
                                    .getFirst())
                            .get("train_features")
                            .doubles(),
                    setup);
            for (GoldenEngine.Collected one : collected) {
                int t = one.task();
                boolean ofFirst = t > 0 && one.asked() == 2 * t;
                String name = "task %d, class %d".formatted(t, one.classPosition());
                if (!ofFirst) {
                    comparison.near(name + ", alignment", one.rows(), aligned.of(one.classPosition()), EXACT);
                }
                if (ofFirst || t == 0) {
                    int width = setup.number("dim");
                    comparison.near(
                            name + ", inference", normalised(one.rows(), width), first.of(one.classPosition()), EXACT);
                }
            }
            comparison.assertNear();
            comparison.assertEveryChangeIsSeen();
        });
    }

    private static GoldenSetup whole(GoldenCase golden) {
        GoldenSetup setup = new GoldenSetup(golden);
        assumeTrue(
                golden.json().propertyNames().stream().noneMatch(name -> name.startsWith("forced_mask")),
                "a trainer obeys the mask of its method, not one that is given");
        return setup;
    }

    private static GoldenComparison run(GoldenCase golden) {
        GoldenSetup setup = whole(golden);
        return DONE.computeIfAbsent(golden.name(), _ -> {
            GoldenComparison comparison = new GoldenComparison();
            compare(setup, NumericMode.FP64, LoracIpc.Fidelity.REFERENCE, comparison);
            compare(setup, NumericMode.FP32, LoracIpc.Fidelity.REFERENCE, comparison);
            if (GoldenTrace.sameUnderBoth(setup)) {
                compare(setup, NumericMode.FP32, LoracIpc.Fidelity.CORRECTED, comparison);
            }
            return comparison;
        });
    }

    private static void compare(
            GoldenSetup setup, NumericMode mode, LoracIpc.Fidelity fidelity, GoldenComparison comparison) {
        new GoldenTrainerRun(setup, mode, setup.settings(fidelity), comparison).compare();
    }

    /// Of the run after the last task that has its own features.
    private static Stored alignment(GoldenCase golden, GoldenSetup setup) {
        GoldenCase aligned =
                golden.beside("classifier-alignment", setup.names()).orElseThrow();
        JsonNode runs = aligned.json().get("runs");
        GoldenSetup tensors = new GoldenSetup(aligned);
        String run = runs.propertyNames().stream()
                .filter(name -> runs.get(name).get("task").intValue() == setup.tasks() - 1)
                .filter(name -> tensors.tensors().has(name + ".features"))
                .findFirst()
                .orElseThrow();
        return new Stored(tensors.tensors().get(run + ".features").doubles(), setup);
    }

    /// Features [images x D], class after class, of more images than the trace trains on.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Stored(double[] features, GoldenSetup setup) {

        /// Those of the images that the trace trains on.
        double[] of(int position) {
            int width = setup.number("dim");
            long[] labels = setup.inputs().get("train_labels").longs();
            int[] trained = setup.epoch(position / setup.classesPerTask(), 0).clone();
            Arrays.sort(trained);
            int perClass = features.length / width / (setup.tasks() * setup.classesPerTask());
            int place = position * perClass;
            List<double[]> rows = new ArrayList<>();
            for (int i = 0; i < labels.length; i++) {
                if (labels[i] == position) {
                    if (Arrays.binarySearch(trained, i) >= 0) {
                        rows.add(Arrays.copyOfRange(features, place * width, (place + 1) * width));
                    }
                    place++;
                }
            }
            return rows.stream().flatMapToDouble(Arrays::stream).toArray();
        }
    }

    private static double[] normalised(double[] raw, int width) {
        double[] rows = raw.clone();
        for (int from = 0; from < rows.length; from += width) {
            double squares = 0;
            for (int i = from; i < from + width; i++) {
                squares += rows[i] * rows[i];
            }
            for (int i = from; i < from + width; i++) {
                rows[i] /= Math.sqrt(squares);
            }
        }
        return rows;
    }
}
