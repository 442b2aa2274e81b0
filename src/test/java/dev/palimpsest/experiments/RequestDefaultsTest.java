package dev.palimpsest.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RequestDefaultsTest {

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    @Test
    void objectsMergeKeyByKey() {
        var merged = RequestDefaults.merge(
                json("{'epochs': 10, 'optimizer': {'name': 'adam', 'learning_rate': 0.1}}"),
                json("{'optimizer': {'learning_rate': 0.2}, 'clip_norm': null}"));

        assertThat(merged)
                .isEqualTo(
                        json("{'epochs': 10, 'optimizer': {'name': 'adam', 'learning_rate': 0.2}, 'clip_norm': null}"));
    }

    @Test
    void anObjectWithAnotherTagReplacesTheWhole() {
        var merged = RequestDefaults.merge(
                json("{'schedule': {'name': 'cosine', 'lag_epochs': 1}}"), json("{'schedule': {'name': 'constant'}}"));

        assertThat(merged).isEqualTo(json("{'schedule': {'name': 'constant'}}"));
    }

    @Test
    void whatIsNoObjectReplacesTheWhole() {
        assertThat(RequestDefaults.merge(json("{'a': {'b': 1}}"), json("{'a': [1]}")))
                .isEqualTo(json("{'a': [1]}"));
        assertThat(RequestDefaults.merge(json("{'a': 1}"), json("5"))).isEqualTo(json("5"));
    }
}
