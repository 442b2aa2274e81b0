package dev.palimpsest.settings;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a value may look like, read once from the Java type: the walk behind check, schema and binding.
///
/// A mistake in a description (a component without `@Setting`, a default that is no JSON, a type that is none
/// of these) is an `IllegalStateException` at the first look, so the first test of a record finds it.
sealed interface Shape {

    /// An integer between the limits of its Java type.
    record Whole(long least, long most) implements Shape {}

    record Decimal() implements Shape {}

    record Text() implements Shape {}

    record Truth() implements Shape {}

    record Choice(List<String> values) implements Shape {}

    record Many(Shape element, boolean elementNullable, boolean set) implements Shape {}

    /// A map with text keys.
    record Named(Shape element, boolean elementNullable) implements Shape {}

    /// Any JSON.
    record Anything() implements Shape {}

    /// A record; with a tag where it belongs to a family. Fields of an inline component stand among its own.
    record Fields(Class<?> type, @Nullable Tag tag, List<Field> fields) implements Shape {}

    /// A sealed family: the tag's value chooses the record.
    record Family(String tagName, Map<String, Fields> members) implements Shape {}

    record Tag(String name, String value) {}

    /// A component of a record, `absent` its default; null where the setting is required.
    record Field(
            String name,
            Shape shape,
            Setting setting,
            boolean nullable,
            @Nullable JsonNode absent) {}

    static Shape of(Class<?> type) {
        return Cache.SHAPES.get(type);
    }

    /// Descriptions never change while the application runs.
    final class Cache {

        private static final ClassValue<Shape> SHAPES = new ClassValue<>() {
            @Override
            protected Shape computeValue(Class<?> type) {
                return read(type);
            }
        };

        private static final JsonMapper DEFAULTS = JsonMapper.shared();

        private Cache() {}

        private static Shape read(Class<?> type) {
            if (type == int.class || type == Integer.class) {
                return new Whole(Integer.MIN_VALUE, Integer.MAX_VALUE);
            }
            if (type == long.class || type == Long.class) {
                return new Whole(Long.MIN_VALUE, Long.MAX_VALUE);
            }
            if (type == double.class || type == Double.class) {
                return new Decimal();
            }
            if (type == boolean.class || type == Boolean.class) {
                return new Truth();
            }
            if (type == String.class) {
                return new Text();
            }
            if (JsonNode.class.isAssignableFrom(type)) {
                return new Anything();
            }
            if (type.isEnum()) {
                return choice(type);
            }
            if (type.isRecord()) {
                return fields(type);
            }
            if (type.isSealed() && type.isInterface()) {
                return family(type);
            }
            throw new IllegalStateException("%s cannot be the type of a setting".formatted(type.getTypeName()));
        }

        private static Shape read(AnnotatedType annotated) {
            if (annotated instanceof AnnotatedParameterizedType parameterized) {
                var raw = raw(parameterized.getType());
                var arguments = parameterized.getAnnotatedActualTypeArguments();
                var last = arguments[arguments.length - 1];
                if (Collection.class.isAssignableFrom(raw)) {
                    return new Many(read(last), nullable(last), Set.class.isAssignableFrom(raw));
                }
                if (Map.class.isAssignableFrom(raw) && arguments[0].getType() == String.class) {
                    return new Named(read(last), nullable(last));
                }
            }
            return of(raw(annotated.getType()));
        }

        private static Class<?> raw(Type type) {
            if (type instanceof Class<?> plain) {
                return plain;
            }
            if (type instanceof ParameterizedType parameterized) {
                return (Class<?>) parameterized.getRawType();
            }
            throw new IllegalStateException("%s cannot be the type of a setting".formatted(type.getTypeName()));
        }

        private static boolean nullable(AnnotatedType type) {
            return type.isAnnotationPresent(Nullable.class);
        }

        private static Choice choice(Class<?> type) {
            var values = new ArrayList<String>();
            for (Object constant : type.getEnumConstants()) {
                var name = ((Enum<?>) constant).name();
                values.add(wireName(type, name));
            }
            return new Choice(List.copyOf(values));
        }

        private static String wireName(Class<?> type, String constant) {
            try {
                var property = type.getField(constant).getAnnotation(JsonProperty.class);
                if (property == null) {
                    throw new IllegalStateException(
                            "%s.%s needs @JsonProperty with its name on the wire".formatted(type.getName(), constant));
                }
                return property.value();
            } catch (NoSuchFieldException impossible) {
                throw new AssertionError(impossible);
            }
        }

        private static Fields fields(Class<?> type) {
            var fields = new ArrayList<Field>();
            for (var component : type.getRecordComponents()) {
                var field = field(type, component);
                if (field.setting().inline()) {
                    fields.addAll(inlined(component, field));
                } else {
                    fields.add(field);
                }
            }
            return new Fields(type, tag(type), List.copyOf(fields));
        }

        private static List<Field> inlined(RecordComponent component, Field field) {
            if (!component.getAccessor().isAnnotationPresent(JsonUnwrapped.class)
                    || field.nullable()
                    || field.absent() != null
                    || !(field.shape() instanceof Fields inner)
                    || inner.tag() != null) {
                throw new IllegalStateException(
                        "%s is inline: it must be a plain record with @JsonUnwrapped, never null and without a default"
                                .formatted(component));
            }
            return inner.fields();
        }

        private static Field field(Class<?> type, RecordComponent component) {
            var setting = component.getAnnotation(Setting.class);
            var place = type.getName() + "." + component.getName();
            if (setting == null) {
                throw new IllegalStateException(place + " needs @Setting");
            }
            var name = snakeCase(component.getName());
            return new Field(
                    name,
                    read(component.getAnnotatedType()),
                    setting,
                    nullable(component.getAnnotatedType()),
                    absent(setting, place));
        }

        /// `freezeFraction` is `freeze_fraction`, as Jackson's own strategy names it.
        private static String snakeCase(String name) {
            return name.replaceAll("(?<=[a-z0-9])[A-Z]", "_$0").toLowerCase(Locale.ROOT);
        }

        private static @Nullable JsonNode absent(Setting setting, String place) {
            if (setting.defaultValue().isEmpty()) {
                return null;
            }
            try {
                return DEFAULTS.readTree(setting.defaultValue());
            } catch (RuntimeException noJson) {
                throw new IllegalStateException(
                        "the default of %s is no JSON: %s".formatted(place, setting.defaultValue()), noJson);
            }
        }

        private static @Nullable Tag tag(Class<?> type) {
            var name = type.getAnnotation(JsonTypeName.class);
            var property = name == null ? null : tagName(type);
            return name == null || property == null ? null : new Tag(property, name.value());
        }

        private static @Nullable String tagName(Class<?> type) {
            var info = type.getAnnotation(JsonTypeInfo.class);
            if (info != null) {
                return info.property();
            }
            for (var parent : type.getInterfaces()) {
                var name = tagName(parent);
                if (name != null) {
                    return name;
                }
            }
            return null;
        }

        private static Family family(Class<?> type) {
            var tagName = tagName(type);
            if (tagName == null) {
                throw new IllegalStateException(type.getName() + " needs @JsonTypeInfo with a property");
            }
            var members = new LinkedHashMap<String, Fields>();
            for (var member : type.getPermittedSubclasses()) {
                switch (of(member)) {
                    case Fields fields
                    when fields.tag() != null -> members.put(fields.tag().value(), fields);
                    case Family inner -> members.putAll(inner.members());
                    default -> throw new IllegalStateException(member.getName() + " needs @JsonTypeName");
                }
            }
            return new Family(tagName, Collections.unmodifiableMap(members));
        }
    }
}
