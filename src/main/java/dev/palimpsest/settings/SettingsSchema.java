package dev.palimpsest.settings;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A settings record or a sealed family as JSON Schema, draft 2020-12: what the catalogue shows and forms are
/// made of.
public final class SettingsSchema {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private SettingsSchema() {}

    public static ObjectNode of(Class<?> type) {
        var schema = NODES.objectNode();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.setAll(shape(Shape.of(type)));
        return schema;
    }

    private static ObjectNode shape(Shape shape) {
        var schema = NODES.objectNode();
        switch (shape) {
            case Shape.Whole _ -> schema.put("type", "integer");
            case Shape.Decimal _ -> schema.put("type", "number");
            case Shape.Text _ -> schema.put("type", "string");
            case Shape.Truth _ -> schema.put("type", "boolean");
            case Shape.Choice choice -> {
                schema.put("type", "string");
                choice.values().forEach(schema.putArray("enum")::add);
            }
            case Shape.Many many -> {
                schema.put("type", "array");
                schema.set("items", element(many.element(), many.elementNullable()));
            }
            case Shape.Named named -> {
                schema.put("type", "object");
                schema.set("additionalProperties", element(named.element(), named.elementNullable()));
            }
            case Shape.Anything _ -> {}
            case Shape.Fields fields -> addFields(schema, fields);
            case Shape.Family family -> {
                var members = schema.putArray("oneOf");
                family.members().values().forEach(member -> members.add(shape(member)));
            }
        }
        return schema;
    }

    private static ObjectNode element(Shape shape, boolean nullable) {
        return nullable ? orNull(shape(shape)) : shape(shape);
    }

    private static void addFields(ObjectNode schema, Shape.Fields fields) {
        schema.put("type", "object");
        schema.put("additionalProperties", false);
        var properties = schema.putObject("properties");
        var required = NODES.arrayNode();
        var tag = fields.tag();
        if (tag != null) {
            properties.putObject(tag.name()).put("const", tag.value());
            required.add(tag.name());
        }
        for (var field : fields.fields()) {
            properties.set(field.name(), field(field));
            if (field.absent() == null) {
                required.add(field.name());
            }
        }
        schema.set("required", required);
    }

    private static ObjectNode field(Shape.Field field) {
        var schema = shape(field.shape());
        var setting = field.setting();
        addBounds(schema, field.shape(), setting);
        if (field.nullable()) {
            schema = orNull(schema);
        }
        if (field.absent() != null) {
            schema.set("default", field.absent());
        }
        schema.put("description", setting.value());
        if (!setting.unit().isEmpty()) {
            schema.put("unit", setting.unit());
        }
        return schema;
    }

    private static ObjectNode orNull(ObjectNode schema) {
        var type = schema.get("type");
        if (type == null || schema.has("properties")) {
            var either = NODES.objectNode();
            either.putArray("anyOf").add(schema).add(NODES.objectNode().put("type", "null"));
            return either;
        }
        schema.set("type", NODES.arrayNode().add(type).add("null"));
        if (schema.get("enum") instanceof ArrayNode values) {
            values.addNull();
        }
        return schema;
    }

    private static void addBounds(ObjectNode schema, Shape shape, Setting setting) {
        switch (shape) {
            case Shape.Whole _, Shape.Decimal _ -> {
                putFinite(schema, "minimum", setting.min());
                putFinite(schema, "maximum", setting.max());
                putFinite(schema, "exclusiveMinimum", setting.exclusiveMin());
                putFinite(schema, "exclusiveMaximum", setting.exclusiveMax());
            }
            case Shape.Text _ ->
                putCounts(schema, List.of("minLength", "maxLength"), setting.minLength(), setting.maxLength());
            case Shape.Many many -> {
                putCounts(schema, List.of("minItems", "maxItems"), setting.minItems(), setting.maxItems());
                if (many.set() || setting.distinct()) {
                    schema.put("uniqueItems", true);
                }
                addBounds((ObjectNode) schema.get("items"), many.element(), setting);
            }
            case Shape.Named named -> {
                putCounts(schema, List.of("minProperties", "maxProperties"), setting.minItems(), setting.maxItems());
                addBounds((ObjectNode) schema.get("additionalProperties"), named.element(), setting);
            }
            case Shape.Truth _, Shape.Choice _, Shape.Anything _, Shape.Fields _, Shape.Family _ -> {}
        }
    }

    private static void putFinite(ObjectNode schema, String name, double bound) {
        if (Double.isInfinite(bound)) {
            return;
        }
        schema.set(name, number(bound));
    }

    private static void putCounts(ObjectNode schema, List<String> names, int least, int most) {
        if (least > 0) {
            schema.put(names.getFirst(), least);
        }
        if (most < Integer.MAX_VALUE) {
            schema.put(names.getLast(), most);
        }
    }

    /// 256 rather than 256.0: a form shows what is written here.
    private static JsonNode number(double value) {
        if (value == (int) value) {
            return NODES.numberNode((int) value);
        }
        return value == (long) value ? NODES.numberNode((long) value) : NODES.numberNode(value);
    }
}
