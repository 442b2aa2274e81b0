package dev.palimpsest.http;

import dev.palimpsest.settings.Ids;
import dev.palimpsest.settings.RequestRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;

/// What requests and answers have in common: ids with their prefix, words for enum constants, and who asks.
public final class Wire {

    private Wire() {}

    /// The path that a request asks for, without the prefix under which a container serves everything.
    static String path(HttpServletRequest request) {
        return request.getRequestURI().substring(request.getContextPath().length());
    }

    /// The id of a job in a path. A malformed one names nothing.
    public static UUID jobId(String text) {
        return Ids.parse(Ids.JOB, text).orElseThrow(() -> notFound("job", text).get());
    }

    public static UUID checkpointId(String text) {
        return Ids.parse(Ids.CHECKPOINT, text)
                .orElseThrow(() -> notFound("checkpoint", text).get());
    }

    public static UUID experimentId(String text) {
        return Ids.parse(Ids.EXPERIMENT, text)
                .orElseThrow(() -> notFound("experiment", text).get());
    }

    public static UUID evaluationId(String text) {
        return Ids.parse(Ids.EVALUATION, text)
                .orElseThrow(() -> notFound("evaluation", text).get());
    }

    public static UUID mergeId(String text) {
        return Ids.parse(Ids.MERGE, text)
                .orElseThrow(() -> notFound("merge", text).get());
    }

    public static UUID workerId(String text) {
        return Ids.parse(Ids.WORKER, text)
                .orElseThrow(() -> notFound("worker", text).get());
    }

    public static Supplier<RequestRefusedException> notFound(String thing, String id) {
        return () -> new RequestRefusedException(404, "not_found", "", "There is no %s '%s'.".formatted(thing, id));
    }

    /// A query parameter has a value that is not possible.
    public static RequestRefusedException badParameter(String name, String detail) {
        return new RequestRefusedException(400, "invalid_parameter", name, detail);
    }

    /// The constant of a word on the wire; 400 for an unknown word.
    public static <E extends Enum<E>> E choice(String parameter, String text, Class<E> type) {
        List<E> known = Arrays.asList(type.getEnumConstants());
        return known.stream()
                .filter(constant -> word(constant).equals(text))
                .findFirst()
                .orElseThrow(() -> badParameter(
                        parameter,
                        "%s must be one of %s, got '%s'."
                                .formatted(
                                        parameter,
                                        known.stream().map(Wire::word).toList(),
                                        text)));
    }

    /// What a filter names of a family; 400 for another word.
    public static <E extends Enum<E>> List<E> choices(MultiValueMap<String, String> query, String name, Class<E> type) {
        return query.getOrDefault(name, List.of()).stream()
                .map(word -> choice(name, word, type))
                .toList();
    }

    /// The ids that a filter names; 400 for a malformed one.
    public static List<UUID> ids(MultiValueMap<String, String> query, String name, String prefix) {
        return query.getOrDefault(name, List.of()).stream()
                .map(text -> Ids.parse(prefix, text)
                        .orElseThrow(() -> badParameter(
                                name, "%s must be an id as %s_..., got '%s'.".formatted(name, prefix, text))))
                .toList();
    }

    public static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /// Who makes the request: the owner of what it creates.
    public static String owner(HttpServletRequest request) {
        Principal caller = request.getUserPrincipal();
        return caller == null ? "local" : caller.getName();
    }

    public static @Nullable String text(@Nullable UUID id, String prefix) {
        return id == null ? null : Ids.text(prefix, id);
    }

    /// Refuses whoever may submit, but neither made the thing nor is an administrator.
    public static void requireOwner(HttpServletRequest request, String owner) {
        if (!owner(request).equals(owner) && !request.isUserInRole("ADMIN")) {
            throw new RequestRefusedException(
                    403, "not_allowed", "", "This belongs to %s; changing it needs the role admin.".formatted(owner));
        }
    }
}
