package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.settings.SettingsCheck;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MergeRuleTest {

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    private static MergeRule read(String text) {
        return SettingsBinder.read(json(text), MergeRule.class);
    }

    private static List<String> faults(String text) {
        return SettingsCheck.check(json(text), MergeRule.class, "merge").stream()
                .map(fault -> fault.code() + " " + fault.param())
                .toList();
    }

    @Test
    void aRuleIsChosenByItsNameAndHasDefaults() {
        assertThat(read("{'rule': 'sum'}")).isEqualTo(new MergeRule.Sum(0.25));
        assertThat(read("{'rule': 'average'}")).isEqualTo(new MergeRule.Average());
        assertThat(read("{'rule': 'max_magnitude'}")).isEqualTo(new MergeRule.MaxMagnitude(0.5));
        assertThat(read("{'rule': 'random_mix'}")).isEqualTo(new MergeRule.RandomMix(1));
        assertThat(read("{'rule': 'ties'}")).isEqualTo(new MergeRule.Ties(0.2, 0.55));
        assertThat(read("{'rule': 'dare'}")).isEqualTo(new MergeRule.Dare(0.5, 1));
        assertThat(read("{'rule': 'moving_average'}")).isEqualTo(new MergeRule.MovingAverage(0.3));
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        MergeRule rule = new MergeRule.Ties(0.5, 2);

        assertThat(SettingsBinder.write(rule))
                .isEqualTo(json("{'rule': 'ties', 'keep_fraction': 0.5, 'coefficient': 2.0}"));
        assertThat(SettingsBinder.mapper().treeToValue(SettingsBinder.write(rule), MergeRule.class))
                .isEqualTo(rule);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'rule': 'sum', 'coefficient': 0}",
                "{'rule': 'sum', 'coefficient': 8}",
                "{'rule': 'ties', 'keep_fraction': 1}",
                "{'rule': 'dare', 'drop_fraction': 0}",
                "{'rule': 'moving_average', 'alpha': 1}"
            })
    void bordersAreAllowed(String text) {
        assertThat(faults(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'rule': 'sum', 'coefficient': -0.1} | out_of_range merge.coefficient",
                "{'rule': 'sum', 'coefficient': 8.1} | out_of_range merge.coefficient",
                "{'rule': 'max_magnitude', 'coefficient': 9} | out_of_range merge.coefficient",
                "{'rule': 'random_mix', 'coefficient': 9} | out_of_range merge.coefficient",
                "{'rule': 'ties', 'coefficient': 9} | out_of_range merge.coefficient",
                "{'rule': 'ties', 'keep_fraction': 0} | out_of_range merge.keep_fraction",
                "{'rule': 'dare', 'coefficient': 9} | out_of_range merge.coefficient",
                "{'rule': 'dare', 'drop_fraction': 1} | out_of_range merge.drop_fraction",
                "{'rule': 'moving_average', 'alpha': 0} | out_of_range merge.alpha",
                "{'rule': 'moving_average', 'alpha': 1.1} | out_of_range merge.alpha",
                "{'rule': 'average', 'coefficient': 1} | unknown_field merge.coefficient",
                "{'rule': 'median'} | not_one_of merge.rule",
                "{} | missing_field merge.rule"
            })
    void whatIsOutsideIsRefused(String text, String fault) {
        assertThat(faults(text)).containsExactly(fault);
    }

    @Test
    void sumAndAverageCountEverySourceAlike() {
        assertThat(new MergeRule.Sum(0.25).weights(3)).containsExactly(0.25, 0.25, 0.25);
        assertThat(new MergeRule.Average().weights(1)).containsExactly(1.0);
        assertThat(new MergeRule.Average().weights(4)).containsExactly(0.25, 0.25, 0.25, 0.25);
    }

    @Test
    void theMovingAverageWeighsTheFirstSourceWhole() {
        assertThat(new MergeRule.MovingAverage(0.3).weights(1)).containsExactly(1.0);
        List<Double> four = new MergeRule.MovingAverage(0.3).weights(4);
        double[] expected = {0.343, 0.147, 0.21, 0.3};
        for (int j = 0; j < expected.length; j++) {
            assertThat(four.get(j)).isCloseTo(expected[j], within(1e-15));
        }
        assertThat(new MergeRule.MovingAverage(1).weights(3)).containsExactly(0.0, 0.0, 1.0);
    }
}
