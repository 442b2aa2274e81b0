package dev.palimpsest.experiments;

import dev.palimpsest.catalogue.RegisteredBackbone;
import dev.palimpsest.catalogue.RegisteredDataset;
import dev.palimpsest.methods.MethodInfo;
import dev.palimpsest.settings.SettingsBinder;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Lays a request over what follows from the method, the data set and the backbone it names:
/// objects merge key by key; an object whose tag differs, and anything that is no object, is replaced whole;
/// null is a value.
final class RequestDefaults {

    private static final List<String> TAGS = List.of("name", "kind", "rule");

    private RequestDefaults() {}

    /// The request with these parts filled in; what was given stays as it was, faults included.
    ///
    /// @param method null if the request names none that exists
    static ObjectNode fill(
            ObjectNode given,
            @Nullable MethodInfo method,
            @Nullable RegisteredDataset dataset,
            @Nullable RegisteredBackbone backbone) {
        ObjectNode tree = given.deepCopy();
        if (method != null
                && method.training() != null
                && trains(method, given)
                && !given.path("training").isNull()) {
            JsonNode recipe = SettingsBinder.write(method.training());
            JsonNode over = given.get("training");
            tree.set("training", over == null ? recipe : merge(recipe, over));
        }
        if (dataset != null && dataset.request().defaultSplit() != null && !given.has("split")) {
            tree.set("split", SettingsBinder.write(dataset.request().defaultSplit()));
        }
        if (backbone != null && (!given.has("input") || given.get("input").isObject())) {
            ExperimentRequest.Input own =
                    new ExperimentRequest.Input(backbone.request().inputProfile(), backbone.imageSize());
            ObjectNode input = (ObjectNode) SettingsBinder.write(own);
            given.path("input").forEachEntry((key, value) -> {
                if (!value.isNull() || !input.has(key)) {
                    input.set(key, value);
                }
            });
            tree.set("input", input);
        }
        if (method != null
                && dataset != null
                && (!given.has("name") || given.path("name").isNull())) {
            tree.put("name", method.name() + " / " + dataset.id());
        }
        return tree;
    }

    /// Whether a request makes its method train.
    static boolean trains(MethodInfo method, ObjectNode given) {
        String needed = method.trainsWith();
        return method.training() != null
                && (needed == null || given.path("method").path(needed).isObject());
    }

    static JsonNode merge(JsonNode base, JsonNode over) {
        if (!(base instanceof ObjectNode below) || !(over instanceof ObjectNode above) || otherTag(below, above)) {
            return over;
        }
        ObjectNode merged = below.deepCopy();
        above.forEachEntry((key, value) -> {
            JsonNode before = below.get(key);
            merged.set(key, before == null ? value : merge(before, value));
        });
        return merged;
    }

    private static boolean otherTag(ObjectNode below, ObjectNode above) {
        return TAGS.stream().anyMatch(tag -> above.has(tag) && !above.get(tag).equals(below.get(tag)));
    }
}
