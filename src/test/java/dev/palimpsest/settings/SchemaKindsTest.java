package dev.palimpsest.settings;

import static dev.palimpsest.settings.Examples.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.settings.Examples.Alignment;
import dev.palimpsest.settings.Examples.Method;
import dev.palimpsest.settings.Examples.Site;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The schema of one component of each kind.
class SchemaKindsTest {

    record Kinds(
            @Setting("S.") int whole,
            @Setting("S.") double decimal,
            @Setting("S.") boolean truth,
            @Setting("S.") String text,
            @Setting("S.") Site choice,
            @Setting("S.") JsonNode anything,
            @Setting("S.") @Nullable JsonNode anythingOrNull,
            @Setting("S.") @Nullable Boolean truthOrNull,
            @Setting("S.") @Nullable Site choiceOrNull,
            @Setting("S.") @Nullable Method familyOrNull,
            @Setting("S.") @Nullable Map<String, Double> mapOrNull,

            @Setting(value = "S.", minLength = 1, maxLength = 2147483646)
            String sized,

            @Setting(value = "S.", minItems = 1, maxItems = 4, min = 0.5, max = 2)
            List<@Nullable Double> list,

            @Setting(value = "S.", maxItems = 0) Set<Site> set,

            @Setting(value = "S.", distinct = true, minLength = 2)
            List<String> distinct,

            @Setting("S.") List<@Nullable Site> choices,

            @Setting(value = "S.", minItems = 2, maxItems = 5, exclusiveMin = -1, exclusiveMax = 1)
            Map<String, Double> map,

            @Setting(value = "S.", min = -4294967296.0, max = 2147483647, unit = "bytes")
            long large,

            @Setting(value = "S.", min = 1e300) double huge,

            @Setting(value = "S.", min = 1) List<List<Integer>> table,

            @Setting("S.") List<@Nullable Alignment> records) {}

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "whole         | {'type': 'integer'}",
                "decimal       | {'type': 'number'}",
                "truth         | {'type': 'boolean'}",
                "text          | {'type': 'string'}",
                "choice        | {'type': 'string', 'enum': ['q', 'fc1']}",
                "anything      | {}",
                "anything_or_null | {'anyOf': [{}, {'type': 'null'}]}",
                "truth_or_null | {'type': ['boolean', 'null']}",
                "choice_or_null | {'type': ['string', 'null'], 'enum': ['q', 'fc1', null]}",
                "map_or_null   | {'type': ['object', 'null'], 'additionalProperties': {'type': 'number'}}",
                "sized         | {'type': 'string', 'minLength': 1, 'maxLength': 2147483646}",
                "list          | {'type': 'array', 'items': {'type': ['number', 'null'], 'minimum': 0.5, 'maximum': 2}, 'minItems': 1, 'maxItems': 4}",
                "set           | {'type': 'array', 'items': {'type': 'string', 'enum': ['q', 'fc1']}, 'maxItems': 0, 'uniqueItems': true}",
                "distinct      | {'type': 'array', 'items': {'type': 'string', 'minLength': 2}, 'uniqueItems': true}",
                "choices       | {'type': 'array', 'items': {'type': ['string', 'null'], 'enum': ['q', 'fc1', null]}}",
                "map           | {'type': 'object', 'additionalProperties': {'type': 'number', 'exclusiveMinimum': -1, 'exclusiveMaximum': 1}, 'minProperties': 2, 'maxProperties': 5}",
                "large         | {'type': 'integer', 'minimum': -4294967296, 'maximum': 2147483647, 'unit': 'bytes'}",
                "huge          | {'type': 'number', 'minimum': 1e300}",
                "table         | {'type': 'array', 'items': {'type': 'array', 'items': {'type': 'integer', 'minimum': 1}}}",
            })
    void aComponentIsDescribedByItsKindAndBounds(String name, String schema) {
        var described = (ObjectNode) SettingsSchema.of(Kinds.class).at("/properties/" + name);

        assertThat(described.remove("description").stringValue()).isEqualTo("S.");
        assertThat(described).isEqualTo(json(schema));
    }

    @Test
    void aFamilyOrARecordThatMayBeNullIsEitherOfTwo() {
        var properties = SettingsSchema.of(Kinds.class).path("properties");

        assertThat(properties.at("/family_or_null/anyOf/0/oneOf")).hasSize(2);
        assertThat(properties.at("/family_or_null/anyOf/1")).isEqualTo(json("{'type': 'null'}"));
        assertThat(properties
                        .at("/records/items/anyOf/0/properties/epochs/unit")
                        .stringValue())
                .isEqualTo("epochs");
        assertThat(properties.at("/records/items/anyOf/1")).isEqualTo(json("{'type': 'null'}"));
    }
}
