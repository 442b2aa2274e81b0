package dev.palimpsest.model;

import dev.palimpsest.torch.NumericMode;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Gradients and training pixels of a GPU against the plain ones of the CPU.
@Tag("gpu")
class CudaProgramsIT {

    private static final String DEVICE = "cuda:0";

    @BeforeAll
    static void onlyWithADevice() {
        TestPrograms.assumeCuda();
    }

    @Test
    void gradientsInDoubleAreThoseOfTheTwin() {
        GradientsIT.everyCase(NumericMode.FP64, DEVICE);
    }

    @Test
    void gradientsInSingleAreThoseOfTheTwin() {
        GradientsIT.everyCase(NumericMode.FP32, DEVICE);
    }

    @Test
    void bfloat16WithFusedAttentionStaysNearDouble() {
        GradientsIT.staysNearDouble(NumericMode.BF16_SDPA, DEVICE);
    }

    @ParameterizedTest
    @CsvSource({
        "32, 32, false, 0.0, 1.0, 0.5",
        "80, 100, false, 0.25, 2.25, 1.125",
        "32, 32, true, 0.0, 1.0, 0.5",
        "80, 100, true, 0.0, 1.0, 0.5"
    })
    void pixelsAreWithinALevelOfPillows(
            int height, int width, boolean bicubic, double brightness, double levels, double mean) {
        TrainingPixelsIT.compare(
                TrainingPixelsIT.recipe(bicubic, brightness),
                NoisePictures.uniform(TrainingPixelsIT.IMAGES, height, width),
                DEVICE,
                levels,
                mean);
    }

    @ParameterizedTest
    @CsvSource({"false, 0.0, 1.0, 0.5", "false, 0.25, 2.25, 1.125", "true, 0.0, 1.0, 0.5"})
    void pixelsOfMixedSizesAreToo(boolean bicubic, double brightness, double levels, double mean) {
        TrainingPixelsIT.compare(
                TrainingPixelsIT.recipe(bicubic, brightness),
                NoisePictures.mixed(TrainingPixelsIT.IMAGES),
                DEVICE,
                levels,
                mean);
    }
}
