package dev.palimpsest.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.palimpsest.settings.SettingsSchema;
import io.swagger.v3.core.util.Json31;
import io.swagger.v3.oas.models.media.Schema;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Requests in the OpenAPI document, from the one description that also checks them.
///
/// Choices by a tag become schemas of their own with a discriminator and its mapping beside the `oneOf`,
/// which is what generators of clients need.
final class RequestSchemas {

    private static final String REFERENCE = "#/components/schemas/";

    private final Map<String, ObjectNode> found = new LinkedHashMap<>();

    private RequestSchemas() {}

    /// The schema of a request under its name, and those that it refers to.
    ///
    /// @param filledIn fields that may be left out as a whole or in part, because something else decides them
    ///     then
    @SuppressWarnings("rawtypes") // the document model hands out raw schemas
    static Map<String, Schema> of(String name, Class<?> type, Set<String> filledIn) {
        var schemas = new RequestSchemas();
        ObjectNode root = SettingsSchema.of(type);
        root.remove("$schema");
        loosen(root, filledIn);
        JsonNode hoisted = schemas.hoist(root, name);
        schemas.found.put(name, (ObjectNode) hoisted);
        var result = new LinkedHashMap<String, Schema>();
        schemas.found.forEach((key, schema) -> result.put(key, read(schema)));
        return result;
    }

    private static Schema<?> read(ObjectNode schema) {
        try {
            return Json31.mapper().readValue(schema.toString(), Schema.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a settings schema is no schema of OpenAPI: " + schema, e);
        }
    }

    private static void loosen(ObjectNode root, Set<String> filledIn) {
        if (root.get("required") instanceof ArrayNode required) {
            required.removeIf(field -> filledIn.contains(field.asString()));
        }
        for (String field : filledIn) {
            JsonNode schema = root.path("properties").path(field);
            if (schema instanceof ObjectNode object) {
                object.remove("required");
            }
            schema.path("anyOf").forEach(either -> ((ObjectNode) either).remove("required"));
        }
    }

    private JsonNode hoist(JsonNode node, String name) {
        if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, hoist(array.get(i), name));
            }
            return array;
        }
        if (!(node instanceof ObjectNode object)) {
            return node;
        }
        if (object.get("properties") instanceof ObjectNode properties) {
            properties
                    .propertyNames()
                    .forEach(field -> properties.set(field, hoist(properties.get(field), words(field))));
        }
        for (String part : new String[] {"items", "additionalProperties", "anyOf"}) {
            if (object.get(part) != null) {
                object.set(part, hoist(object.get(part), name));
            }
        }
        if (object.get("oneOf") instanceof ArrayNode members) {
            choose(object, members, name);
        }
        return object;
    }

    private void choose(ObjectNode choice, ArrayNode members, String name) {
        var mapping = JsonNodeFactory.instance.objectNode();
        String tag = "";
        for (int i = 0; i < members.size(); i++) {
            ObjectNode member = (ObjectNode) hoist(members.get(i), name);
            for (Map.Entry<String, JsonNode> property : member.get("properties").properties()) {
                JsonNode constant = property.getValue().get("const");
                if (constant != null) {
                    tag = property.getKey();
                    String schema = name + words(constant.asString());
                    ((ObjectNode) property.getValue()).put("type", "string");
                    found.put(schema, member);
                    mapping.put(constant.asString(), REFERENCE + schema);
                    members.set(i, JsonNodeFactory.instance.objectNode().put("$ref", REFERENCE + schema));
                    break;
                }
            }
        }
        choice.putObject("discriminator").put("propertyName", tag).set("mapping", mapping);
    }

    private static String words(String snakeCase) {
        return Arrays.stream(snakeCase.split("_"))
                .filter(word -> !word.isEmpty())
                .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
                .collect(Collectors.joining());
    }
}
