package dev.palimpsest.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SuggestionTest {

    @Test
    void theDistanceCountsSingleEdits() {
        assertThat(Suggestion.distance("kitten", "sitting")).isEqualTo(3);
        assertThat(Suggestion.distance("", "rank")).isEqualTo(4);
        assertThat(Suggestion.distance("rank", "rank")).isZero();
    }

    @Test
    void theNearestNameIsSuggestedAndAFarOneIsNot() {
        assertThat(Suggestion.of("oat_bariste", List.of("oat_plain", "oat_barista")))
                .isEqualTo(" Did you mean 'oat_barista'?");
        assertThat(Suggestion.of("k", List.of("q", "v"))).isEmpty();
    }
}
