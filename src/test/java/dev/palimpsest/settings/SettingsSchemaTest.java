package dev.palimpsest.settings;

import static dev.palimpsest.settings.Examples.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.settings.Examples.Composed;
import dev.palimpsest.settings.Examples.Method;
import dev.palimpsest.settings.Examples.Request;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SettingsSchemaTest {

    @Test
    void aRecordOfAFamilyIsDescribedWithItsTagBoundsAndDefaults() {
        assertThat(SettingsSchema.of(Composed.class)).isEqualTo(json("""
                {'$schema': 'https://json-schema.org/draft/2020-12/schema', 'type': 'object', 'additionalProperties': false,
                 'properties': {
                   'name': {'const': 'lorac_ipc'},
                   'sites': {'type': 'array', 'items': {'type': 'string', 'enum': ['q', 'fc1']}, 'minItems': 1,
                     'uniqueItems': true, 'default': ['q'], 'description': 'Where adapters sit.'},
                   'rank': {'type': 'integer', 'minimum': 1, 'maximum': 256, 'default': 16,
                     'description': 'Inner size of an adapter.'},
                   'scale': {'type': ['number', 'null'], 'exclusiveMinimum': 0, 'default': null,
                     'description': 'Factor; null is 1/rank.'},
                   'freeze_fraction': {'type': 'number', 'minimum': 0, 'exclusiveMaximum': 1, 'default': 0.05,
                     'description': 'Share that is frozen.'},
                   'alignment': {'anyOf': [
                     {'type': 'object', 'additionalProperties': false, 'properties': {
                       'centroids': {'type': 'integer', 'minimum': 1, 'maximum': 100, 'default': 10,
                         'description': 'Centroids of a class.'},
                       'epochs': {'type': 'integer', 'minimum': 1, 'default': 50, 'description': 'Time.',
                         'unit': 'epochs'}},
                      'required': []},
                     {'type': 'null'}], 'default': {}, 'description': 'Head alignment.'}},
                 'required': ['name']}"""));
    }

    @Test
    void aFamilyIsOneOfItsMembers() {
        var members = SettingsSchema.of(Method.class).get("oneOf");

        assertThat(members).hasSize(2);
        assertThat(members.get(1)).isEqualTo(json("""
                {'type': 'object', 'additionalProperties': false, 'properties': {'name': {'const': 'plain'}},
                 'required': ['name']}"""));
    }

    @Test
    void aSettingWithoutDefaultIsRequired() {
        var schema = SettingsSchema.of(Request.class);

        assertThat(schema.get("required")).isEqualTo(json("['title', 'method']"));
        assertThat(schema.at("/properties/seeds/items")).isEqualTo(json("""
                {'type': 'integer', 'minimum': 0, 'maximum': 4294967295}"""));
        assertThat(schema.at("/properties/metadata")).isEqualTo(json("""
                {'type': 'object', 'additionalProperties': {'type': 'string', 'maxLength': 3}, 'maxProperties': 1,
                 'default': {}, 'description': 'Labels.'}"""));
    }

    @Test
    void aMistakeInADescriptionIsFoundAtTheFirstLook() {
        record Silent(int rank) {}
        record Foreign(@Setting("When.") Instant at) {}
        record NoJson(
                @Setting(value = "Size.", defaultValue = "one")
                int size) {}

        assertThatThrownBy(() -> SettingsSchema.of(Silent.class)).hasMessageContaining("rank needs @Setting");
        assertThatThrownBy(() -> SettingsSchema.of(Foreign.class)).hasMessageContaining("Instant cannot be");
        assertThatThrownBy(() -> SettingsSchema.of(NoJson.class)).hasMessageContaining("is no JSON: one");
    }
}
