package dev.palimpsest.experiments;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A protocol of a paper under a name: a request without data set and backbone, and what was published under it.
///
/// @param name `method/protocol`
/// @param about data, backbone and number of tasks that the published numbers are of
/// @param warnings what a plan that names it says of it
public record Preset(
        String name, String about, ObjectNode request, List<Published> published, List<JobSheet.Warning> warnings) {

    /// A number of a paper.
    ///
    /// @param metric under our name
    /// @param assumedDefinition by which it is compared: papers seldom say theirs
    /// @param sd over runs, or null
    /// @param runs how many, or null where that is not said
    public record Published(
            String metric,
            String assumedDefinition,
            double mean,
            @Nullable Double sd,
            @Nullable Integer runs,
            String source) {}

    public Preset {
        published = List.copyOf(published);
        warnings = List.copyOf(warnings);
    }

    /// The request with this preset below it: objects merge key by key; an object whose tag differs, and anything that
    /// is
    /// no object, is replaced whole; null is a value.
    ObjectNode below(ObjectNode given) {
        return (ObjectNode) RequestDefaults.merge(request, given);
    }

    /// Whether a request with every default filled in says all that this preset says, seeds aside.
    boolean kept(JsonNode resolved) {
        ObjectNode asked = request.deepCopy();
        asked.remove("seeds");
        return within(asked, resolved);
    }

    private static boolean within(JsonNode asked, JsonNode resolved) {
        if (asked.isNumber() && resolved.isNumber()) {
            return asked.decimalValue().compareTo(resolved.decimalValue()) == 0; // 1 as an int is 1 as a long
        }
        if (asked instanceof ArrayNode && asked.size() == resolved.size()) {
            return IntStream.range(0, asked.size()).allMatch(i -> within(asked.get(i), resolved.path(i)));
        }
        if (!(asked instanceof ObjectNode object)) {
            return asked.equals(resolved);
        }
        return object.properties().stream().allMatch(field -> within(field.getValue(), resolved.path(field.getKey())));
    }
}
