package dev.palimpsest.support;

import dev.palimpsest.support.GoldenCases.GoldenCase;
import tools.jackson.databind.JsonNode;

/// The measured tolerances beside golden cases: quantity to largest allowed difference.
public final class Tolerances {

    private final String folder;
    private final JsonNode quantities;

    private Tolerances(String folder, JsonNode quantities) {
        this.folder = folder;
        this.quantities = quantities;
    }

    /// Those of a case: the entry beside it whose name is most like the case's.
    public static Tolerances of(GoldenCase golden) {
        JsonNode all = GoldenCases.read(golden.folder().resolve("tolerances.json"));
        String best = "";
        for (String name : all.propertyNames()) {
            if (all.get(name).isObject()
                    && (best.isEmpty()
                            || GoldenCases.likeness(name, golden.name()) > GoldenCases.likeness(best, golden.name()))) {
                best = name;
            }
        }
        return new Tolerances(golden.folder() + "/" + best, all.path(best));
    }

    /// The tolerance of a quantity; keys may list several, separated by commas.
    public double get(String quantity) {
        if (quantities.has(quantity)) {
            return quantities.get(quantity).get("tolerance").doubleValue();
        }
        for (String key : quantities.propertyNames()) {
            for (String one : key.split(", ", -1)) {
                if (one.equals(quantity)) {
                    return quantities.get(key).get("tolerance").doubleValue();
                }
            }
        }
        throw new IllegalArgumentException("no tolerance for '%s' in %s".formatted(quantity, folder));
    }

    public boolean has(String quantity) {
        for (String key : quantities.propertyNames()) {
            for (String one : key.split(", ", -1)) {
                if (one.equals(quantity)) {
                    return true;
                }
            }
        }
        return false;
    }
}
