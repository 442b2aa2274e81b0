package dev.palimpsest.web;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// What a change of the OpenAPI document takes away from clients (`docs/decisions/0017-openapi-fixture.md`): removing,
/// renaming, retyping,
/// narrowing, another default. Everything else only adds.
final class ContractChanges {

    private static final JsonNode NOTHING = JsonNodeFactory.instance.missingNode();

    /// A larger value of these takes more requests.
    private static final Set<String> UPPER =
            Set.of("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties");

    private static final Set<String> LOWER = Set.of("minimum", "exclusiveMinimum", "minLength", "minItems");

    /// Another value of these is another meaning.
    private static final List<String> FIXED = List.of("const", "format", "pattern", "uniqueItems", "unit");

    private static final List<String> CHOICES = List.of("oneOf", "anyOf", "allOf");

    private enum Way {
        REQUEST,
        ANSWER
    }

    private final JsonNode before;
    private final JsonNode after;
    private final List<String> breaking = new ArrayList<>();
    private final Set<String> compared = new HashSet<>();

    private ContractChanges(JsonNode before, JsonNode after) {
        this.before = before;
        this.after = after;
    }

    /// One sentence for each change that would break a client of the first document.
    static List<String> breaking(JsonNode before, JsonNode after) {
        var changes = new ContractChanges(before, after);
        changes.paths();
        return List.copyOf(changes.breaking);
    }

    private void paths() {
        for (Map.Entry<String, JsonNode> path : before.path("paths").properties()) {
            for (Map.Entry<String, JsonNode> method : path.getValue().properties()) {
                String place = method.getKey() + " " + path.getKey();
                JsonNode now = after.path("paths").path(path.getKey()).path(method.getKey());
                if (now.isMissingNode()) {
                    breaking.add(place + " is gone");
                } else {
                    operation(place, method.getValue(), now);
                }
            }
        }
    }

    private void operation(String place, JsonNode old, JsonNode now) {
        if (!old.path("operationId").equals(now.path("operationId"))) {
            breaking.add("%s is called %s, was %s".formatted(place, now.path("operationId"), old.path("operationId")));
        }
        parameters(place, old.path("parameters"), now.path("parameters"));
        JsonNode body = old.path("requestBody");
        JsonNode newBody = now.path("requestBody");
        if (newBody.path("required").asBoolean(false) && !body.path("required").asBoolean(false)) {
            breaking.add(place + " needs a body");
        }
        contents(place + ", body", body.path("content"), newBody.path("content"), Way.REQUEST);
        for (Map.Entry<String, JsonNode> answer : old.path("responses").properties()) {
            String which = place + ", " + answer.getKey();
            JsonNode found = now.path("responses").path(answer.getKey());
            if (found.isMissingNode()) {
                breaking.add(which + " is gone");
            } else {
                contents(which, answer.getValue().path("content"), found.path("content"), Way.ANSWER);
            }
        }
    }

    private void parameters(String place, JsonNode old, JsonNode now) {
        for (JsonNode parameter : old) {
            String name = place + ", parameter " + parameter.path("name").asString();
            JsonNode found = parameter(now, parameter);
            if (found.isMissingNode()) {
                breaking.add(name + " is gone");
                continue;
            }
            if (found.path("required").asBoolean(false)
                    && !parameter.path("required").asBoolean(false)) {
                breaking.add(name + " is required");
            }
            schema(name, parameter.path("schema"), found.path("schema"), Way.REQUEST);
        }
        for (JsonNode parameter : now) {
            if (parameter.path("required").asBoolean(false)
                    && parameter(old, parameter).isMissingNode()) {
                breaking.add("%s, parameter %s is new and required"
                        .formatted(place, parameter.path("name").asString()));
            }
        }
    }

    private static JsonNode parameter(JsonNode all, JsonNode wanted) {
        for (JsonNode one : all) {
            if (one.path("name").equals(wanted.path("name")) && one.path("in").equals(wanted.path("in"))) {
                return one;
            }
        }
        return NOTHING;
    }

    private void contents(String place, JsonNode old, JsonNode now, Way way) {
        for (Map.Entry<String, JsonNode> content : old.properties()) {
            JsonNode found = now.path(content.getKey());
            if (found.isMissingNode()) {
                breaking.add("%s: %s is gone".formatted(place, content.getKey()));
            } else {
                schema(place, content.getValue().path("schema"), found.path("schema"), way);
            }
        }
    }

    private void schema(String place, JsonNode oldSchema, JsonNode newSchema, Way way) {
        JsonNode oldReference = oldSchema.path("$ref");
        if (!oldReference.isMissingNode() && !compared.add(oldReference + " " + newSchema.path("$ref") + " " + way)) {
            return; // a schema that is used in many places, or in itself
        }
        JsonNode old = resolved(before, oldSchema);
        JsonNode now = resolved(after, newSchema);
        types(place, old, now, way);
        values(place, old, now, way);
        properties(place, old, now, way);
        schemaIfBoth(place + "[]", old.path("items"), now.path("items"), way);
        schemaIfBoth(place + ".*", old.path("additionalProperties"), now.path("additionalProperties"), way);
        CHOICES.forEach(kind -> choices(place, old.path(kind), now.path(kind), way));
    }

    private void schemaIfBoth(String place, JsonNode old, JsonNode now, Way way) {
        if (old.isObject() && now.isObject()) {
            schema(place, old, now, way);
        }
    }

    private static JsonNode resolved(JsonNode document, JsonNode schema) {
        JsonNode reference = schema.path("$ref");
        return reference.isMissingNode()
                ? schema
                : document.at(reference.asString().substring(1));
    }

    /// A request may come to take more types; an answer may come to give fewer.
    private void types(String place, JsonNode old, JsonNode now, Way way) {
        Set<String> was = words(old.path("type"));
        Set<String> is = words(now.path("type"));
        boolean fits = way == Way.REQUEST ? is.isEmpty() || is.containsAll(was) : was.isEmpty() || was.containsAll(is);
        if (!fits || was.isEmpty() != is.isEmpty()) {
            breaking.add("%s is of type %s, was %s".formatted(place, is, was));
        }
    }

    private static Set<String> words(JsonNode node) {
        var words = new TreeSet<String>();
        if (node.isArray()) {
            node.forEach(one -> words.add(one.asString("null")));
        } else if (!node.isMissingNode()) {
            words.add(node.asString("null"));
        }
        return words;
    }

    private void values(String place, JsonNode old, JsonNode now, Way way) {
        Set<String> missing = words(old.path("enum"));
        missing.removeAll(words(now.path("enum")));
        if (!missing.isEmpty() && now.has("enum")) {
            breaking.add("%s has no %s any more".formatted(place, missing));
        }
        if (!old.path("default").equals(now.path("default")) && old.has("default")) {
            breaking.add("%s is %s by default, was %s".formatted(place, now.path("default"), old.path("default")));
        }
        FIXED.stream()
                .filter(name -> old.has(name) && !old.path(name).equals(now.path(name)))
                .forEach(name ->
                        breaking.add("%s: %s is %s, was %s".formatted(place, name, now.path(name), old.path(name))));
        if (way == Way.REQUEST) {
            if (now.has("enum") && !old.has("enum")) {
                breaking.add(place + " takes certain values only");
            }
            UPPER.forEach(name -> bound(place, name, old, now, 1));
            LOWER.forEach(name -> bound(place, name, old, now, -1));
        }
    }

    private void bound(String place, String name, JsonNode old, JsonNode now, int direction) {
        boolean narrower = now.has(name)
                && (!old.has(name)
                        || direction
                                        * Double.compare(
                                                now.path(name).asDouble(),
                                                old.path(name).asDouble())
                                < 0);
        // a bound that may itself be reached takes what one that may not be has taken
        String exclusive = "exclusive" + Character.toUpperCase(name.charAt(0)) + name.substring(1);
        boolean reached = old.has(exclusive)
                && direction
                                * Double.compare(
                                        now.path(name).asDouble(),
                                        old.path(exclusive).asDouble())
                        >= 0;
        if (narrower && !reached) {
            breaking.add("%s: %s is %s, was %s"
                    .formatted(place, name, now.path(name), old.has(name) ? old.path(name) : "none"));
        }
    }

    private void properties(String place, JsonNode old, JsonNode now, Way way) {
        for (Map.Entry<String, JsonNode> property : old.path("properties").properties()) {
            String name = place + "." + property.getKey();
            JsonNode found = now.path("properties").path(property.getKey());
            if (found.isMissingNode()) {
                breaking.add(name + " is gone");
            } else {
                schema(name, property.getValue(), found, way);
            }
        }
        Set<String> required = words(now.path("required"));
        required.removeAll(words(old.path("required")));
        if (way == Way.REQUEST && !required.isEmpty()) {
            breaking.add("%s requires %s".formatted(place, required));
        }
    }

    private void choices(String place, JsonNode old, JsonNode now, Way way) {
        for (int i = 0; i < old.size(); i++) {
            JsonNode member = old.get(i);
            JsonNode found = member.has("$ref") ? same(now, member) : now.path(i);
            if (found.isMissingNode()) {
                breaking.add("%s cannot be %s any more".formatted(place, member));
            } else {
                schema(place, member, found, way);
            }
        }
    }

    private static JsonNode same(JsonNode all, JsonNode member) {
        for (JsonNode one : all) {
            if (one.path("$ref").equals(member.path("$ref"))) {
                return one;
            }
        }
        return NOTHING;
    }
}
