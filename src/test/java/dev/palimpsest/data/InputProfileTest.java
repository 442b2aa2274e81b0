package dev.palimpsest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.data.InputProfile.Evaluation;
import dev.palimpsest.data.InputProfile.Filter;
import org.junit.jupiter.api.Test;

class InputProfileTest {

    private static final double[] HALF = {0.5, 0.5, 0.5};

    @Test
    void theBackbonesOwnProfileUsesItsNumbers() {
        InputProfile profile = named("backbone_default", 224, false);

        assertThat(profile.evaluateSize()).isEqualTo(248); // 224 / 0.9 = 248.9
        assertThat(profile.mean()).isEqualTo(HALF);
        assertThat(profile.trainFilter()).isEqualTo(Filter.BICUBIC);
        assertThat(profile.cropMin()).isEqualTo(0.08);
    }

    @Test
    void publishedSizesAreScaledWithTheSide() {
        assertThat(named("lorac_ipc_generic", 224, false).evaluateSize()).isEqualTo(256);
        assertThat(named("lorac_ipc_cifar", 96, false).evaluateSize()).isEqualTo(109); // int(109.7)
        assertThat(named("lorac_ipc_cifar", 224, false).brightness()).isEqualTo(63.0 / 255);
        assertThat(named("lorac_ipc_generic", 224, false).std()).containsExactly(1, 1, 1);
    }

    @Test
    void infloraTakesSmallPicturesStraightToTheSide() {
        InputProfile small = named("inflora", 224, true);
        InputProfile large = named("inflora", 224, false);

        assertThat(small.evaluation()).isEqualTo(Evaluation.DIRECT);
        assertThat(small.evaluateSize()).isEqualTo(224);
        assertThat(large.evaluation()).isEqualTo(Evaluation.SHORTER_SIDE_THEN_CROP);
        assertThat(large.evaluateSize()).isEqualTo(256);
        assertThat(large.evaluateFilter()).isEqualTo(Filter.BILINEAR);
    }

    @Test
    void plainLeavesPixelsAsTheyAre() {
        InputProfile plain = named("plain", 32, true);

        assertThat(plain.augment()).isFalse();
        assertThat(plain.flip()).isFalse();
        assertThat(plain.evaluation()).isEqualTo(Evaluation.AS_IS);
    }

    @Test
    void everyNameMakesAProfileAndNoOtherDoes() {
        for (String name : InputProfile.names()) {
            assertThat(named(name, 64, false).name()).isEqualTo(name);
        }
        assertThatThrownBy(() -> named("imagenet", 64, false))
                .hasMessage("input profile must be one of [backbone_default, lorac_ipc_generic, lorac_ipc_cifar, "
                        + "inflora, plain], got 'imagenet'");
    }

    @Test
    void aCropFractionThatIsNoneIsRefused() {
        assertThatThrownBy(() -> InputProfile.named("backbone_default", 64, HALF, HALF, 0, false))
                .hasMessage("the crop fraction must be above 0 and at most 1, got 0.0");
    }

    private static InputProfile named(String name, int side, boolean smallImages) {
        return InputProfile.named(name, side, HALF, HALF, 0.9, smallImages);
    }
}
