package dev.palimpsest.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    @ParameterizedTest
    @CsvSource({
        "'', '', 0",
        "ab, '', 2",
        "a, b, 1",
        "ab, ba, 2",
        "abc, ac, 1",
        "ac, abc, 1",
        "abc, bc, 1",
        "bc, abc, 1",
        "flaw, lawn, 2",
        "intention, execution, 5",
        "saturday, sunday, 3"
    })
    void theDistanceIsTheFewestEdits(String left, String right, int distance) {
        assertThat(Suggestion.distance(left, right)).isEqualTo(distance);
        assertThat(Suggestion.distance(right, left)).isEqualTo(distance);
    }

    @ParameterizedTest
    @CsvSource({
        "abcdefgh, abcdefxy",
        "abcdefghi, abcdefxyz",
        "abcdefghijkl, abcdefghwxyz",
        "ab, ax",
        "abc, ab",
        "ab, abc"
    })
    void aNameIsNearWithinAThirdOfTheMistypedOne(String mistyped, String known) {
        assertThat(Suggestion.of(mistyped, List.of(known))).isEqualTo(" Did you mean '%s'?", known);
    }

    @ParameterizedTest
    @CsvSource({
        "abcdefgh, abcdexyz",
        "abcdefghi, abcdewxyz",
        "abcdefghijkl, abcdefgvwxyz",
        "ab, cd",
        "abc, a",
        "a, abc",
        "a, b"
    })
    void aNameIsFarBeyondAThirdOrWhereNothingOfItIsLeft(String mistyped, String known) {
        assertThat(Suggestion.of(mistyped, List.of(known))).isEmpty();
    }

    @Test
    void theFirstOfEquallyNearNamesIsSuggested() {
        assertThat(Suggestion.of("abz", List.of("abx", "aby"))).isEqualTo(" Did you mean 'abx'?");
        assertThat(Suggestion.of("abzz", List.of("abxx", "abzx"))).isEqualTo(" Did you mean 'abzx'?");
        assertThat(Suggestion.of("abz", List.of())).isEmpty();
    }
}
