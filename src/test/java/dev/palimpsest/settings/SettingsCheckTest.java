package dev.palimpsest.settings;

import static dev.palimpsest.settings.Examples.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.palimpsest.settings.Examples.Composed;
import dev.palimpsest.settings.Examples.Method;
import dev.palimpsest.settings.Examples.Request;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class SettingsCheckTest {

    @Test
    void aCleanTreeHasNoFaults() {
        var clean = json("""
                {'name': 'lorac_ipc', 'sites': ['q', 'fc1'], 'rank': 8, 'scale': null, 'freeze_fraction': 0,
                 'alignment': {'centroids': 3, 'epochs': 4}}""");

        assertThat(SettingsCheck.check(clean, Method.class, "method")).isEmpty();
    }

    @Test
    void aMistypedNameIsRefusedWithASuggestion() {
        assertThat(method("'rnak': 8"))
                .containsExactly(new Fault(
                        "unknown_field", "method.rnak", "lorac_ipc has no setting 'rnak'. Did you mean 'rank'?"));
    }

    @Test
    void anOutlandishNameGetsNoSuggestion() {
        assertThat(method("'temperature_of_tea': 8"))
                .containsExactly(new Fault(
                        "unknown_field",
                        "method.temperature_of_tea",
                        "lorac_ipc has no setting 'temperature_of_tea'."));
    }

    @Test
    void everyFaultIsReportedAtOnce() {
        var faults = SettingsCheck.check(json("""
                {'titel': 'x', 'method': {'name': 'lorac_ipc', 'rank': 0, 'alignment': {'epochs': '5'}}, 'seeds': [1, 1],
                 'loud': 1}"""), Request.class, "");

        assertThat(faults)
                .extracting(Fault::code, Fault::param)
                .containsExactly(
                        tuple("unknown_field", "titel"),
                        tuple("missing_field", "title"),
                        tuple("out_of_range", "method.rank"),
                        tuple("wrong_type", "method.alignment.epochs"),
                        tuple("duplicate_value", "seeds[1]"),
                        tuple("wrong_type", "loud"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'rank': '8'               | wrong_type   | method.rank            | rank must be an integer, got '8'.",
                "'rank': 8.0               | wrong_type   | method.rank            | rank must be an integer, got 8.0.",
                "'rank': 8.7               | wrong_type   | method.rank            | rank must be an integer, got 8.7.",
                "'rank': null              | wrong_type   | method.rank            | rank must be an integer, got null.",
                "'rank': true              | wrong_type   | method.rank            | rank must be an integer, got true.",
                "'rank': 0                 | out_of_range | method.rank            | rank must be 1..256, got 0.",
                "'rank': 99999999999999999 | out_of_range | method.rank            | rank must be 1..256, got 99999999999999999.",
                "'scale': 0                | out_of_range | method.scale           | scale must be above 0, got 0.",
                "'scale': '1'              | wrong_type   | method.scale           | scale must be a number or null, got '1'.",
                "'freeze_fraction': 1.0    | out_of_range | method.freeze_fraction | freeze_fraction must be at least 0 and below 1, got 1.0.",
                "'freeze_fraction': -0.5   | out_of_range | method.freeze_fraction | freeze_fraction must be at least 0 and below 1, got -0.5.",
                "'sites': []               | out_of_range | method.sites           | sites must have at least 1 values, got 0.",
                "'sites': ['q', 'z']       | not_one_of   | method.sites[1]        | sites[1] must be one of q, fc1, got 'z'.",
                "'sites': ['q', 'q']       | duplicate_value | method.sites[1]     | sites has 'q' twice.",
                "'sites': 'q'              | wrong_type   | method.sites           | sites must be an array, got 'q'.",
                "'sites': [1]              | wrong_type   | method.sites[0]        | sites[0] must be a string, got 1.",
                "'alignment': []           | wrong_type   | method.alignment       | alignment must be an object or null, got [].",
                "'alignment': {'epoch': 1} | unknown_field | method.alignment.epoch | alignment has no setting 'epoch'. Did you mean 'epochs'?",
            })
    void aBadValueIsNamedWithWhatIsAllowed(String setting, String code, String param, String detail) {
        assertThat(method(setting)).containsExactly(new Fault(code, param, detail));
    }

    @Test
    void anUnknownTagListsTheFamily() {
        assertThat(SettingsCheck.check(json("{'name': 'lorac'}"), Method.class, "method"))
                .containsExactly(
                        new Fault("not_one_of", "method.name", "name must be one of lorac_ipc, plain, got 'lorac'."));
        assertThat(SettingsCheck.check(json("{}"), Method.class, "method"))
                .containsExactly(new Fault("missing_field", "method.name", "method needs 'name'."));
        assertThat(SettingsCheck.check(json("{'name': 1}"), Method.class, "method"))
                .containsExactly(new Fault("wrong_type", "method.name", "name must be a string, got 1."));
    }

    @Test
    void aMemberOfAFamilyKeepsToItsTag() {
        assertThat(SettingsCheck.check(json("{'name': 'plain'}"), Composed.class, ""))
                .containsExactly(new Fault("not_one_of", "name", "name must be one of lorac_ipc, got 'plain'."));
        assertThat(SettingsCheck.check(json("{}"), Composed.class, ""))
                .containsExactly(new Fault("missing_field", "name", "lorac_ipc needs 'name'."));
    }

    @Test
    void textListsAndMapsKeepTheirSizes() {
        assertThat(request("'title': 'abcdef'"))
                .contains(new Fault("too_long", "title", "title must have 1..5 characters, got 6."));
        assertThat(request("'title': ''"))
                .contains(new Fault("out_of_range", "title", "title must have 1..5 characters, got 0."));
        assertThat(request("'title': 'a', 'seeds': [0, 1, 2, 3]"))
                .containsExactly(new Fault("too_many", "seeds", "seeds must have 1..3 values, got 4."));
        assertThat(request("'title': 'a', 'seeds': [4294967296, -1]"))
                .containsExactly(
                        new Fault("out_of_range", "seeds[0]", "seeds[0] must be 0..4294967295, got 4294967296."),
                        new Fault("out_of_range", "seeds[1]", "seeds[1] must be 0..4294967295, got -1."));
        assertThat(request("'title': 'a', 'metadata': {'a': 'b', 'c': 'long'}"))
                .containsExactly(
                        new Fault("too_many", "metadata", "metadata must have 0..1 entries, got 2."),
                        new Fault("too_long", "metadata.c", "c must have 0..3 characters, got 4."));
        assertThat(request("'title': 'a', 'milestones': [3, 2147483648]"))
                .containsExactly(new Fault(
                        "out_of_range", "milestones[1]", "milestones[1] must be 0..2147483647, got 2147483648."));
    }

    @Test
    void whatAConstructorRefusesIsAFaultAtItsPlace() {
        assertThat(method("'alignment': {'centroids': 9, 'epochs': 8}"))
                .containsExactly(
                        new Fault("out_of_range", "method.alignment", "centroids must be at most epochs, got 9."));
        assertThat(method("'rank': 2, 'alignment': {'centroids': 5}"))
                .containsExactly(
                        new Fault("out_of_range", "method.alignment", "alignment needs a rank of its 5 centroids."));
    }

    @Test
    void aTreeThatIsNoObjectIsRefusedAsAWhole() {
        assertThat(SettingsCheck.check(json("[]"), Request.class, ""))
                .containsExactly(new Fault("wrong_type", "", "The request must be an object, got []."));
    }

    private static List<Fault> method(String setting) {
        return SettingsCheck.check(json("{'name': 'lorac_ipc', %s}".formatted(setting)), Method.class, "method");
    }

    private static List<Fault> request(String settings) {
        JsonNode tree = json("{'method': {'name': 'plain'}, %s}".formatted(settings));
        return SettingsCheck.check(tree, Request.class, "");
    }
}
