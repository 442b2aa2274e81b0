package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Each field under the name by which the programs read it.
class ProgramNumbersTest {

    @Test
    void anOptimiserTellsTheProgramsEachNumber() {
        Map<String, Long> ints = new HashMap<>();
        Map<String, Double> floats = new HashMap<>();

        new OptimizerNumbers(2, 0.8, 0.99, 1e-5, 0.03, 0.7, 4).into(ints, floats);

        assertThat(ints).isEqualTo(Map.of("optimizer", 2L));
        assertThat(floats)
                .isEqualTo(Map.of(
                        "beta1",
                        0.8,
                        "beta2",
                        0.99,
                        "epsilon",
                        1e-5,
                        "weight_decay",
                        0.03,
                        "momentum",
                        0.7,
                        "clip",
                        4.0));
    }

    @Test
    void aPixelRecipeTellsTheProgramsEachNumber() {
        List<Double> mean = List.of(0.1, 0.2, 0.3);
        List<Double> std = List.of(0.4, 0.5, 0.6);
        Map<String, Long> ints = new HashMap<>();
        Map<String, Double> floats = new HashMap<>();

        new PixelRecipe(true, 0.05, 0.9, false, true, 0.25, 2, 40, true, mean, std).into(ints, floats);

        assertThat(ints)
                .isEqualTo(Map.of(
                        "augment",
                        1L,
                        "flip",
                        1L,
                        "train_filter",
                        0L,
                        "evaluate",
                        2L,
                        "evaluate_size",
                        40L,
                        "evaluate_filter",
                        1L));
        Map<String, Double> wanted = new HashMap<>(Map.of("crop_min", 0.05, "crop_max", 0.9, "brightness", 0.25));
        for (int channel = 0; channel < 3; channel++) {
            wanted.put("mean" + channel, mean.get(channel));
            wanted.put("std" + channel, std.get(channel));
        }
        assertThat(floats).isEqualTo(wanted);
        new PixelRecipe(false, 0.05, 0.9, true, false, 0, 1, 40, false, mean, std).into(ints, floats);
        assertThat(ints)
                .isEqualTo(Map.of(
                        "augment",
                        0L,
                        "flip",
                        0L,
                        "train_filter",
                        1L,
                        "evaluate",
                        1L,
                        "evaluate_size",
                        40L,
                        "evaluate_filter",
                        0L));
    }
}
