package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.data.InputProfile;
import dev.palimpsest.data.InputProfile.Evaluation;
import dev.palimpsest.data.InputProfile.Filter;
import dev.palimpsest.model.PixelRecipe;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// An input profile as the programs read it, field by field.
class PixelsOfAProfileTest {

    private static final double[] MEAN = {0.1, 0.2, 0.3};
    private static final double[] STD = {0.4, 0.5, 0.6};
    private static final List<Double> MEANS = List.of(0.1, 0.2, 0.3);
    private static final List<Double> STDS = List.of(0.4, 0.5, 0.6);

    @ParameterizedTest
    @CsvSource({"AS_IS, 0", "DIRECT, 1", "SHORTER_SIDE_THEN_CROP, 2"})
    void everyFieldIsHandedOn(Evaluation evaluation, int number) {
        InputProfile one = new InputProfile(
                "one", true, 0.2, 0.9, Filter.BILINEAR, false, 0.3, evaluation, 40, Filter.BICUBIC, MEAN, STD, 32);
        InputProfile other = new InputProfile(
                "other", false, 0.3, 0.8, Filter.BICUBIC, true, 0, evaluation, 48, Filter.BILINEAR, STD, MEAN, 32);

        assertThat(PlannedEngine.pixels(one))
                .isEqualTo(new PixelRecipe(true, 0.2, 0.9, false, false, 0.3, number, 40, true, MEANS, STDS));
        assertThat(PlannedEngine.pixels(other))
                .isEqualTo(new PixelRecipe(false, 0.3, 0.8, true, true, 0, number, 48, false, STDS, MEANS));
    }

    /// The named profiles for pictures of 224 pixels, a backbone's crop of 0.9.
    @Test
    void theNamedProfilesAre() {
        List<Double> zero = List.of(0.0, 0.0, 0.0);
        List<Double> one = List.of(1.0, 1.0, 1.0);
        List<Double> cifarMean = List.of(0.5071, 0.4867, 0.4408);
        List<Double> cifarStd = List.of(0.2675, 0.2565, 0.2761);

        assertThat(pixels("backbone_default", false))
                .isEqualTo(new PixelRecipe(true, 0.08, 1, true, true, 0, 2, 248, true, MEANS, STDS));
        assertThat(pixels("lorac_ipc_generic", false))
                .isEqualTo(new PixelRecipe(true, 0.05, 1, false, true, 0, 2, 256, true, zero, one));
        assertThat(pixels("lorac_ipc_cifar", false))
                .isEqualTo(new PixelRecipe(true, 0.08, 1, true, true, 63.0 / 255, 2, 256, true, cifarMean, cifarStd));
        assertThat(pixels("inflora", false))
                .isEqualTo(new PixelRecipe(true, 0.08, 1, false, true, 0, 2, 256, false, zero, one));
        assertThat(pixels("inflora", true))
                .isEqualTo(new PixelRecipe(true, 0.08, 1, false, true, 0, 1, 224, false, zero, one));
        assertThat(pixels("plain", false))
                .isEqualTo(new PixelRecipe(false, 1, 1, false, false, 0, 0, 224, false, MEANS, STDS));
    }

    private static PixelRecipe pixels(String name, boolean smallImages) {
        return PlannedEngine.pixels(InputProfile.named(name, 224, MEAN, STD, 0.9, smallImages));
    }
}
