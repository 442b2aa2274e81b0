package dev.palimpsest.settings;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// From a checked JSON tree to settings and back, with every default filled in.
public final class SettingsBinder {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private SettingsBinder() {}

    /// The mapper of all settings: snake_case, components in the order of their record, nothing coerced.
    public static JsonMapper mapper() {
        return MAPPER;
    }

    /// Checks, fills in defaults and binds.
    ///
    /// @throws SettingsRefusedException with every fault, their places counted from the tree
    public static <T> T read(JsonNode tree, Class<T> type) {
        return read(tree, type, "");
    }

    /// Reads a part of a request.
    ///
    /// @param paramPrefix where the tree stands in the request, for the places of the faults
    public static <T> T read(JsonNode tree, Class<T> type, String paramPrefix) {
        var faults = SettingsCheck.check(tree, type, paramPrefix);
        if (!faults.isEmpty()) {
            throw new SettingsRefusedException(faults);
        }
        return MAPPER.treeToValue(resolve(tree, type), type);
    }

    /// The tree with every default filled in, fields in the order of their record. Expects a tree without
    /// faults.
    public static JsonNode resolve(JsonNode tree, Class<?> type) {
        return resolve(tree, Shape.of(type));
    }

    /// Settings as they stand on the wire: what `read` turns into equal settings.
    public static JsonNode write(Object settings) {
        return MAPPER.valueToTree(settings);
    }

    /// What the compact constructor says against a record whose parts are clean.
    static Optional<Fault> refusal(JsonNode tree, Shape.Fields fields, String param) {
        try {
            MAPPER.treeToValue(resolve(tree, fields), fields.type());
            return Optional.empty();
        } catch (JacksonException failure) {
            return Optional.of(fault(refusedBy(failure, failure), param));
        }
    }

    private static Fault fault(IllegalArgumentException refused, String param) {
        var message = String.valueOf(refused.getMessage());
        var detail = message.endsWith(".") || message.endsWith("?") ? message : message + ".";
        return refused instanceof SettingRefusedException setting
                ? new Fault(setting.code(), SettingsCheck.inside(param, setting.setting()), detail)
                : new Fault("out_of_range", param, detail);
    }

    private static IllegalArgumentException refusedBy(JacksonException failure, @Nullable Throwable cause) {
        if (cause instanceof IllegalArgumentException refused) {
            return refused;
        }
        if (cause == null) {
            throw failure;
        }
        return refusedBy(failure, cause.getCause());
    }

    private static JsonNode resolve(JsonNode node, Shape shape) {
        if (node.isNull()) {
            return node;
        }
        return switch (shape) {
            case Shape.Fields fields -> resolve((ObjectNode) node, fields);
            case Shape.Family family -> resolve((ObjectNode) node, member(node, family));
            case Shape.Many many -> {
                var resolved = JsonNodeFactory.instance.arrayNode();
                node.forEach(element -> resolved.add(resolve(element, many.element())));
                yield resolved;
            }
            case Shape.Named named -> {
                var resolved = JsonNodeFactory.instance.objectNode();
                node.forEachEntry((key, value) -> resolved.set(key, resolve(value, named.element())));
                yield resolved;
            }
            case Shape.Whole _, Shape.Decimal _, Shape.Text _, Shape.Truth _, Shape.Choice _, Shape.Anything _ -> node;
        };
    }

    private static Shape.Fields member(JsonNode node, Shape.Family family) {
        var tag = node.path(family.tagName()).asString();
        var member = family.members().get(tag);
        if (member == null) {
            throw new IllegalArgumentException("%s must be one of %s, got %s"
                    .formatted(family.tagName(), List.copyOf(family.members().keySet()), tag));
        }
        return member;
    }

    private static ObjectNode resolve(ObjectNode node, Shape.Fields fields) {
        var resolved = JsonNodeFactory.instance.objectNode();
        var tag = fields.tag();
        if (tag != null) {
            resolved.put(tag.name(), tag.value());
        }
        for (var field : fields.fields()) {
            var value = node.has(field.name()) ? node.get(field.name()) : field.absent();
            if (value != null) {
                resolved.set(field.name(), resolve(value, field.shape()));
            }
        }
        return resolved;
    }
}
