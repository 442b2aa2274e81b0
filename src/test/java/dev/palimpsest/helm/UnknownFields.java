package dev.palimpsest.helm;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Fields of a rendered resource that the typed model of Kubernetes does not know: they land in a side map
/// instead of being refused, so the getters are walked and the side maps read.
final class UnknownFields {

    private UnknownFields() {}

    /// Paths of the unknown fields, each beginning with the given one.
    static List<String> of(Object resource, String path) {
        return in(resource, path).toList();
    }

    private static Stream<String> in(Object object, String path) {
        return switch (object) {
            case List<?> list -> list.stream().flatMap(element -> in(element, path + "[]"));
            case Map<?, ?> _ -> Stream.empty();
            default -> object.getClass().getName().startsWith("io.fabric8.") ? inFields(object, path) : Stream.empty();
        };
    }

    private static Stream<String> inFields(Object object, String path) {
        return Stream.of(object.getClass().getMethods())
                .filter(method -> method.getParameterCount() == 0)
                .filter(method -> method.getName().startsWith("get"))
                .filter(method -> !method.getName().equals("getClass"))
                .flatMap(method -> inField(read(object, method), method, path));
    }

    private static Stream<String> inField(@Nullable Object value, Method method, String path) {
        if (value == null) {
            return Stream.empty();
        }
        if (method.getName().equals("getAdditionalProperties")) {
            return ((Map<?, ?>) value).keySet().stream().map(key -> path + "." + key);
        }
        return in(value, path + "." + method.getName().substring("get".length()));
    }

    private static @Nullable Object read(Object object, Method method) {
        try {
            return method.invoke(object);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Cannot read " + method, e);
        }
    }
}
