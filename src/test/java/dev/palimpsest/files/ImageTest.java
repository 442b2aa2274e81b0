package dev.palimpsest.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageTest {

    private static final byte[] PIXELS = {1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16, 21, 22, 23, 24, 25, 26};

    @Test
    void rowsAreHandedOverWithTheirChannelsOneAfterTheOther() {
        List<String> heard = new ArrayList<>();

        new Image(2, 3, PIXELS).into(new PixelRows() {
            @Override
            public void begin(int width, int height) {
                heard.add(width + " x " + height);
            }

            @Override
            public void row(int y, byte[] rgb) {
                heard.add(y + ": " + Arrays.toString(rgb));
            }
        });

        assertThat(heard)
                .containsExactly(
                        "2 x 3", "0: [1, 2, 11, 12, 21, 22]", "1: [3, 4, 13, 14, 23, 24]", "2: [5, 6, 15, 16, 25, 26]");
    }

    @Test
    void whatIsHandedOverIsGatheredAgain() {
        var collector = new Image.Collector();

        new Image(2, 3, PIXELS).into(collector);

        assertThat(collector.image().width()).isEqualTo(2);
        assertThat(collector.image().height()).isEqualTo(3);
        assertThat(collector.image().pixels()).isEqualTo(PIXELS);
    }

    @ParameterizedTest
    @CsvSource({"0, 3, 0", "3, 0, 0", "-1, 3, 9", "2, 3, 17", "2, 3, 19"})
    void sizesAndValuesMustAgree(int width, int height, int values) {
        assertThatThrownBy(() -> new Image(width, height, new byte[values]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(".*got (%d x %d|%d)".formatted(width, height, values));
    }
}
