package dev.palimpsest.settings;

import static dev.palimpsest.settings.Examples.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.palimpsest.settings.Examples.Method;
import dev.palimpsest.settings.Examples.Site;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Sizes on and beyond their edges, null where it may and may not be, places, and constructors that refuse.
class SettingsEdgesTest {

    record Sizes(
            @Setting(value = "Text.", defaultValue = "\"ab\"", minLength = 2, maxLength = 4)
            String text,

            @Setting(value = "Long text.", defaultValue = "\"ab\"", minLength = 2)
            String longText,

            @Setting(value = "List.", defaultValue = "[1, 2]", minItems = 2, maxItems = 3)
            List<Integer> list,

            @Setting(value = "Long list.", defaultValue = "[1, 2]", minItems = 2)
            List<Integer> longList,

            @Setting(value = "Map.", defaultValue = "{\"a\": 1}", minItems = 1, maxItems = 2, min = 1, max = 9)
            Map<String, Integer> map,

            @Setting(value = "Distinct.", defaultValue = "[]", distinct = true)
            List<Double> distinct,

            @Setting(value = "Table.", defaultValue = "[]", maxItems = 2, min = 0)
            List<List<Integer>> table) {}

    record Nulls(
            @Setting(value = "Anything.", defaultValue = "1")
            JsonNode anything,

            @Setting(value = "Truth.", defaultValue = "null") @Nullable
            Boolean truth,

            @Setting(value = "List.", defaultValue = "[]") List<Integer> list,

            @Setting(value = "Holes.", defaultValue = "[]") List<@Nullable Integer> holes,

            @Setting(value = "Map.", defaultValue = "{}") Map<String, Site> map,

            @Setting(value = "Map with holes.", defaultValue = "{}")
            Map<String, @Nullable Site> mapWithHoles,

            @Setting(value = "Methods.", defaultValue = "[]")
            List<@Nullable Method> methods,

            @Setting(value = "Methods by name.", defaultValue = "{}")
            Map<String, Method> methodsByName) {}

    record Picky(
            @Setting(value = "Speech.", defaultValue = "\"\"")
            String speech) {
        Picky {
            if (speech.equals("boom")) {
                throw new ArithmeticException("a mistake of the record itself");
            }
            if (!speech.isEmpty()) {
                throw new SettingRefusedException("not_allowed", "speech", speech);
            }
        }
    }

    record Pair(
            @Setting(value = "Left.", defaultValue = "{}") Picky left,

            @Setting(value = "Right.", defaultValue = "{}") Picky right,

            @Setting(value = "Count.", defaultValue = "1", min = 1)
            int count) {
        Pair {
            if (count > 5) {
                throw new IllegalArgumentException("count is too high");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'text': 'ab'",
                "'text': 'abcd'",
                "'text': '\uD83D\uDE00\uD83D\uDE00\uD83D\uDE00\uD83D\uDE00'",
                "'long_text': 'ab'",
                "'long_text': 'abcdefgh'",
                "'list': [1, 1]",
                "'list': [1, 2, 3]",
                "'long_list': [1, 2]",
                "'long_list': [1, 2, 3, 4, 5]",
                "'map': {'a': 1}",
                "'map': {'a': 1, 'b': 9}",
                "'distinct': [1, 2]",
                "'table': [[0], [0]]",
            })
    void aSizeUpToTheEdgeIsTaken(String setting) {
        assertThat(check(Sizes.class, setting)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'text': 'a'               | out_of_range    | text         | text must have 2..4 characters, got 1.",
                "'text': 'abcde'           | too_long        | text         | text must have 2..4 characters, got 5.",
                "'long_text': 'a'          | out_of_range    | long_text    | long_text must have at least 2 characters, got 1.",
                "'list': [1]               | out_of_range    | list         | list must have 2..3 values, got 1.",
                "'list': [1, 2, 3, 4]      | too_many        | list         | list must have 2..3 values, got 4.",
                "'long_list': [1]          | out_of_range    | long_list    | long_list must have at least 2 values, got 1.",
                "'map': {}                 | out_of_range    | map          | map must have 1..2 entries, got 0.",
                "'map': {'a':1,'b':2,'c':3} | too_many       | map          | map must have 1..2 entries, got 3.",
                "'map': {'a': 10}          | out_of_range    | map.a        | a must be 1..9, got 10.",
                "'map': {'a': 1.0}         | wrong_type      | map.a        | a must be an integer, got 1.0.",
                "'map': []                 | wrong_type      | map          | map must be an object, got [].",
                "'list': {}                | wrong_type      | list         | list must be an array, got {}.",
                "'distinct': [1, 2, 1]     | duplicate_value | distinct[2]  | distinct has 1 twice.",
                "'table': [[1], [0, -1]]   | out_of_range    | table[1][1]  | table[1][1] must be 0..2147483647, got -1.",
                "'table': [[1, 2, 3]]      | too_many        | table[0]     | table[0] must have 0..2 values, got 3.",
            })
    void aSizeBeyondTheEdgeIsRefusedWithTheBounds(String setting, String code, String param, String detail) {
        assertThat(check(Sizes.class, setting))
                .extracting(Fault::code, Fault::param, Fault::detail)
                .containsExactly(tuple(code, param, detail));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'anything': null",
                "'anything': [{}]",
                "'truth': null",
                "'truth': true",
                "'holes': [null, 1]",
                "'map': {'a': 'q'}",
                "'map_with_holes': {'a': null}",
                "'methods': [null, {'name': 'plain'}]",
            })
    void nullIsTakenWhereItMayBe(String setting) {
        assertThat(check(Nulls.class, setting)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'truth': 0                     | truth                | truth must be true or false or null, got 0.",
                "'list': null                   | list                 | list must be an array, got null.",
                "'list': [1, null]              | list[1]              | list[1] must be an integer, got null.",
                "'holes': ['a']                 | holes[0]             | holes[0] must be an integer or null, got 'a'.",
                "'map': {'a': null}             | map.a                | a must be a string, got null.",
                "'map_with_holes': {'a': 1}     | map_with_holes.a     | a must be a string or null, got 1.",
                "'methods': [1]                 | methods[0]           | methods[0] must be an object or null, got 1.",
                "'methods_by_name': {'a': null} | methods_by_name.a    | a must be an object, got null.",
            })
    void nullAndOtherTypesAreRefusedWhereTheyMayNotBe(String setting, String param, String detail) {
        assertThat(check(Nulls.class, setting)).containsExactly(new Fault("wrong_type", param, detail));
    }

    @Test
    void aPlaceLeadsThroughMapsAndLists() {
        assertThat(check(
                        Nulls.class,
                        "'methods_by_name': {'a': {'name': 'lorac_ipc', 'alignment': {'epochs': 0}}}, 'methods': [null,"
                                + " {'name': 'lorac_ipc', 'sites': ['q', 'k']}, {'nam': 'plain'}]"))
                .extracting(Fault::code, Fault::param)
                .containsExactly(
                        tuple("not_one_of", "methods[1].sites[1]"),
                        tuple("missing_field", "methods[2].name"),
                        tuple("out_of_range", "methods_by_name.a.alignment.epochs"));
    }

    @Test
    void defaultsAreFilledInWithinListsAndMapsAndNullStays() {
        var resolved = SettingsBinder.resolve(
                json("{'methods': [null, {'name': 'lorac_ipc'}], 'methods_by_name': {'a': {'name': 'lorac_ipc'}}}"),
                Nulls.class);

        assertThat(resolved.at("/methods/0").isNull()).isTrue();
        assertThat(resolved.at("/methods/1/rank").intValue()).isEqualTo(16);
        assertThat(resolved.at("/methods_by_name/a/alignment/epochs").intValue())
                .isEqualTo(50);
        assertThat(resolved.path("truth").isNull()).isTrue();
    }

    @Test
    void aTagOfNoMemberCannotBeResolved() {
        assertThatThrownBy(() -> SettingsBinder.resolve(json("{'name': 'lorac'}"), Method.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("name must be one of [lorac_ipc, plain], got lorac");
    }

    @Test
    void aValueOfItsOwnIsCheckedWithoutBoundsOfASetting() {
        assertThat(SettingsCheck.check(json("'ab'"), String.class, "title")).isEmpty();
        assertThat(SettingsCheck.check(json("7"), int.class, "size")).isEmpty();
        assertThat(SettingsCheck.check(json("2147483648"), int.class, "size"))
                .containsExactly(
                        new Fault("out_of_range", "size", "size must be -2147483648..2147483647, got 2147483648."));
        assertThat(SettingsCheck.check(json("1e300"), double.class, "scale")).isEmpty();
    }

    @Test
    void aLongValueIsShownUpToSixtyCharacters() {
        String sixty = "x".repeat(60);

        assertThat(check(Sizes.class, "'list': '%s'".formatted(sixty)))
                .extracting(Fault::detail)
                .containsExactly("list must be an array, got '%s'.".formatted(sixty));
        assertThat(check(Sizes.class, "'list': '%sy'".formatted(sixty)))
                .extracting(Fault::detail)
                .containsExactly("list must be an array, got '%s...'.".formatted(sixty));
        assertThat(check(Sizes.class, "'%sy': 1".formatted(sixty)))
                .extracting(Fault::detail)
                .containsExactly("The request has no setting '%s...'.".formatted(sixty));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"No speech|No speech.", "No speech.|No speech.", "Why speech?|Why speech?"})
    void aRefusalIsASentence(String message, String detail) {
        assertThat(check(Picky.class, "'speech': '%s'".formatted(message)))
                .containsExactly(new Fault("not_allowed", "speech", detail));
    }

    @Test
    void eachRecordIsBuiltWhoseOwnPartsAreClean() {
        assertThat(check(Pair.class, "'left': {'speech': 'l'}, 'right': {'speech': 'r'}, 'count': 6"))
                .extracting(Fault::param)
                .containsExactly("left.speech", "right.speech");
        assertThat(check(Pair.class, "'count': 0, 'right': {'speech': 'r'}"))
                .extracting(Fault::param)
                .containsExactly("right.speech", "count");
        assertThat(check(Pair.class, "'count': 6"))
                .containsExactly(new Fault("out_of_range", "", "count is too high."));
    }

    @Test
    void aMistakeOfARecordItselfIsNoFaultOfTheRequest() {
        assertThatThrownBy(() -> check(Picky.class, "'speech': 'boom'"))
                .isInstanceOf(JacksonException.class)
                .hasRootCauseInstanceOf(ArithmeticException.class);
    }

    @Test
    void whatIsRefusedCarriesEveryDetailInItsMessage() {
        assertThatThrownBy(() -> SettingsBinder.read(json("{'text': 'a', 'list': 1}"), Sizes.class))
                .isInstanceOf(SettingsRefusedException.class)
                .hasMessage("text must have 2..4 characters, got 1. list must be an array, got 1.");
    }

    private static List<Fault> check(Class<?> type, String settings) {
        return SettingsCheck.check(json("{%s}".formatted(settings)), type, "");
    }
}
