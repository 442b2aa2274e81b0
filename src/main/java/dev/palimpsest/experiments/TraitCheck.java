package dev.palimpsest.experiments;

import dev.palimpsest.methods.MethodInfo;
import dev.palimpsest.settings.Fault;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// What a request asks of a method that the method's traits say it cannot do.
final class TraitCheck {

    private TraitCheck() {}

    /// @param given the request without defaults: an interval that nobody asked for is not refused
    /// @param filled the request with them: a split may be the data set's own
    static List<Fault> faults(JsonNode given, JsonNode filled, MethodInfo method) {
        List<Fault> faults = new ArrayList<>();
        JsonNode shared = filled.path("split").path("shared_labels");
        if (!method.traits().domainIncremental() && shared.booleanValue(false)) {
            faults.add(new Fault(
                    "not_supported_by_method",
                    "split.shared_labels",
                    "%s cannot learn tasks that share their labels; shared_labels must be false."
                            .formatted(method.name())));
        }
        JsonNode every = given.path("checkpoints").path("every_epochs");
        if (!method.traits().inTaskResume() && every.isNumber()) {
            faults.add(new Fault(
                    "not_supported_by_method",
                    "checkpoints.every_epochs",
                    "%s cannot go on from inside a task; every_epochs must be null.".formatted(method.name())));
        }
        return faults;
    }
}
