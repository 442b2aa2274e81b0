package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.settings.SettingsBinder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/// What is stored of a method's settings, and what the fingerprint of a plan is made of.
class MethodWireTest {

    private static final String SITES = "\"sites\":[\"q\",\"k\",\"v\",\"out\",\"fc1\",\"fc2\"]";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"name\":\"sequential_lora\",SITES,\"block_count\":null,\"rank\":16,\"scale\":null,\"class_scope\":\"task\",\"alignment\":null}",
                "{\"name\":\"incremental_lora\",SITES,\"block_count\":2,\"rank\":4,\"scale\":0.5,\"class_scope\":\"seen\",\"alignment\":null}",
                "{\"name\":\"inflora\",\"sites\":[\"k\",\"v\"],\"block_count\":null,\"rank\":10,\"memory\":\"dual\",\"energy_threshold_start\":0.95,\"energy_threshold_end\":1.0,\"energy\":\"squared_eigenvalues\",\"projection\":\"left\",\"down_init\":\"projected\",\"alignment\":{\"statistics\":\"covariance\",\"epochs\":5,\"learning_rate\":0.01,\"weight_decay\":5.0E-4,\"samples_per_class\":256,\"shrink_means\":true,\"logit_norm_temperature\":0.1}}",
                "{\"name\":\"joint_lora\",SITES,\"block_count\":null,\"rank\":16,\"scale\":null}",
                "{\"name\":\"linear_probe\",\"class_scope\":\"task\",\"alignment\":null}",
                "{\"name\":\"random_projection_ridge\",\"width\":2000,\"ridge\":null,\"ridge_choice\":\"all_tasks\",\"adaptation\":null}",
                "{\"name\":\"random_projection_ridge\",\"width\":10000,\"ridge\":0.5,\"ridge_choice\":\"newest_task\",\"adaptation\":{SITES,\"block_count\":null,\"rank\":16,\"scale\":null}}",
                "{\"name\":\"task_arithmetic\",\"sites\":[\"q\",\"v\"],\"block_count\":null,\"rank\":16,\"scale\":1.0,\"start\":\"independent\",\"head\":\"concatenated\",\"kl_weight\":0.0,\"merge\":{\"rule\":\"sum\",\"coefficient\":0.25},\"exemplars\":null,\"few_shot\":null}",
                "{\"name\":\"lorac_ipc\",\"fidelity\":\"corrected\",SITES,\"block_count\":null,\"rank\":16,\"scale\":null,\"orthogonality_weight\":0.5,\"past_coefficient_rate_scale\":1.0,\"first_task_learning_rate\":null,\"freeze_fraction\":0.05,\"freeze_count_over\":\"all_sites\",\"sensitivity_decay\":0.85,\"uncertainty_decay\":0.85,\"alignment\":null,\"task_inference\":{\"clusters\":4}}",
            })
    void itStandsInOneObjectAndIsReadAgain(String text) {
        String stored = text.replace("SITES", SITES);
        MethodSettings read = SettingsBinder.read(JsonMapper.shared().readTree(stored), MethodSettings.class);

        assertThat(SettingsBinder.write(read).toString()).isEqualTo(stored);
    }
}
