package dev.palimpsest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.files.Sha256;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SyntheticImagesTest {

    /// Recorded from the first version. Another digest is another data set: give the drawing a new name then.
    @Test
    void theDrawingStaysWhatItWas() {
        try (Dataset data = new DatasetSpec.Synthetic(5, 6, 2, 32, 7).open()) {
            MessageDigest digest = Sha256.start();
            for (int row = 0; row < data.train().size(); row++) {
                digest.update(data.train().image(row).pixels());
            }

            assertThat(HexFormat.of().formatHex(digest.digest()))
                    .isEqualTo("dad692c1b4c00f8d07e4e688efb09d4c07c2cd63a5445b87e3087303afebf987");
        }
    }

    @Test
    void everyPictureIsDifferentAndDrawnTheSameAgain() {
        try (Dataset data = new DatasetSpec.Synthetic(4, 10, 5, 16, 3).open()) {
            Set<String> seen = new HashSet<>();
            for (ImageSource source : new ImageSource[] {data.train(), data.test()}) {
                for (int row = 0; row < source.size(); row++) {
                    byte[] pixels = source.image(row).pixels();
                    assertThat(pixels).isEqualTo(source.image(row).pixels());
                    assertThat(seen.add(HexFormat.of().formatHex(pixels)))
                            .as(source.name(row))
                            .isTrue();
                }
            }
        }
    }

    @Test
    void moreClassesOrPicturesChangeNoneThatWereThere() {
        try (Dataset few = new DatasetSpec.Synthetic(3, 4, 2, 16, 3).open();
                Dataset many = new DatasetSpec.Synthetic(30, 9, 7, 16, 3).open()) {
            assertThat(many.train().image(2 * 9 + 3).pixels())
                    .isEqualTo(few.train().image(2 * 4 + 3).pixels());
            assertThat(many.labels()).startsWith("shape_00", "shape_01").hasSize(30);
        }
    }

    @Test
    void theDigestNamesTheParameters() {
        try (Dataset one = new DatasetSpec.Synthetic(3, 4, 2, 16, 3).open();
                Dataset same = new DatasetSpec.Synthetic(3, 4, 2, 16, 3).open();
                Dataset other = new DatasetSpec.Synthetic(3, 4, 2, 16, 4).open()) {
            assertThat(one.sha256()).isEqualTo(same.sha256()).isNotEqualTo(other.sha256());
        }
    }

    @Test
    void parametersOutsideTheirBoundsAreRefused() {
        assertThatThrownBy(() -> new DatasetSpec.Synthetic(1, 1, 1, 32, 0))
                .hasMessage("classes must be in 2..100, got 1");
        assertThatThrownBy(() -> new DatasetSpec.Synthetic(2, 0, 1, 32, 0))
                .hasMessage("trainPerClass must be in 1..1000, got 0");
        assertThatThrownBy(() -> new DatasetSpec.Synthetic(2, 1, 1001, 32, 0))
                .hasMessage("testPerClass must be in 1..1000, got 1001");
        assertThatThrownBy(() -> new DatasetSpec.Synthetic(2, 1, 1, 65, 0))
                .hasMessage("imageSize must be in 16..64, got 65");
    }
}
