package dev.palimpsest.support;

import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/// The measured tolerances beside golden cases: quantity to largest allowed difference.
public final class Tolerances {

    private final String folder;
    private final JsonNode quantities;

    private Tolerances(String folder, JsonNode quantities) {
        this.folder = folder;
        this.quantities = quantities;
    }

    /// Those of a case: the entry whose name is most like the case's.
    public static Tolerances of(String folder, String golden) {
        JsonNode all = GoldenCases.read(Path.of(
                System.getProperty("palimpsest.golden", "src/test/resources/golden"), folder, "tolerances.json"));
        String best = "";
        for (String name : all.propertyNames()) {
            if (all.get(name).isObject()
                    && (best.isEmpty() || GoldenCases.likeness(name, golden) > GoldenCases.likeness(best, golden))) {
                best = name;
            }
        }
        return new Tolerances(folder + "/" + best, all.path(best));
    }

    /// The tolerance of a quantity; keys may list several, separated by commas.
    public double get(String quantity) {
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
