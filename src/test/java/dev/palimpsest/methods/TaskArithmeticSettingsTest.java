package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.settings.SettingsCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/// What task arithmetic refuses: one fault, at the setting that it is about.
class TaskArithmeticSettingsTest {

    private static final String KEPT = "\"exemplars\": {}, ";

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "few_shot": {}                                           | missing_field | method.exemplars
            KEPT "few_shot": {"train": "heads"}                      | missing_field | method.few_shot.optimizer
            KEPT "few_shot": {"train": "heads_and_adapter"}          | missing_field | method.few_shot.optimizer
            KEPT "few_shot": {"epochs": 0}                           | out_of_range  | method.few_shot.epochs
            "exemplars": {"per_class": 0}                            | out_of_range  | method.exemplars.per_class
            "exemplars": {"per_class": 101}                          | out_of_range  | method.exemplars.per_class
            "exemplars": {"selection": "best"}                       | not_one_of    | method.exemplars.selection
            "kl_weight": 1.0                                         | out_of_range  | method.kl_weight
            "kl_weight": -0.1                                        | out_of_range  | method.kl_weight
            "merge": {"rule": "sum", "coefficient": 8.1}             | out_of_range  | method.merge.coefficient
            "merge": {"rule": "moving_average", "alpha": 0.0}        | out_of_range  | method.merge.alpha
            "merge": {"rule": "average", "coefficient": 1.0}         | unknown_field | method.merge.coefficient
            "head": "shared"                                         | not_one_of    | method.head
            """)
    void aValueThatDoesNotApplyIsOneFault(String fields, String code, String param) {
        assertThat(SettingsCheck.check(JsonMapper.shared().readTree(method(fields)), MethodSettings.class, "method"))
                .singleElement()
                .satisfies(fault -> {
                    assertThat(fault.code()).isEqualTo(code);
                    assertThat(fault.param()).isEqualTo(param);
                });
    }

    private static String method(String fields) {
        return "{\"name\": \"task_arithmetic\", " + fields.replace("KEPT ", KEPT) + "}";
    }

    @Test
    void aStageOfEverythingHasAnOptimizerOfItsOwn() {
        TaskArithmetic.Settings read = (TaskArithmetic.Settings) SettingsBinder.read(
                JsonMapper.shared().readTree(method(KEPT + "\"few_shot\": {}")), MethodSettings.class);

        assertThat(read.fewShot())
                .isEqualTo(new FewShotSettings(
                        FewShotSettings.Train.ALL,
                        10,
                        32,
                        new OptimizerSettings.Adam(5e-6, null, 1e-6, 0.9, 0.999, 1e-8),
                        new Schedule.Constant()));
        assertThat(read.keptPerClass()).isEqualTo(10);
        assertThat(read.imagesAfterTask(4)).isEqualTo(10L * 10 * 4);
    }

    @Test
    void oneHeadOfAllClassesCannotBeContinued() {
        assertThat(settings("\"head\": \"in_task_vector\"").continuable()).isFalse();
        assertThat(settings("\"head\": \"concatenated\"").continuable()).isTrue();
    }

    private static MethodSettings settings(String fields) {
        return SettingsBinder.read(JsonMapper.shared().readTree(method(fields)), MethodSettings.class);
    }
}
