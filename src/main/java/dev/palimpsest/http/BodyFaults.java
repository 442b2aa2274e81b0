package dev.palimpsest.http;

import dev.palimpsest.settings.Fault;
import java.util.Objects;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.exc.ValueInstantiationException;

/// What Jackson says about a body, in the words of the contract. Large requests are checked as trees before
/// they are bound, so that all their faults come at once; this serves the small ones.
final class BodyFaults {

    private BodyFaults() {}

    static Fault of(DatabindException refused) {
        String param = refused.getPath().stream()
                .map(BodyFaults::segment)
                .collect(Collectors.joining("."))
                .replace(".[", "[");
        return switch (refused) {
            case UnrecognizedPropertyException unknown ->
                new Fault(
                        "unknown_field",
                        param,
                        "There is no field '%s'; known are %s."
                                .formatted(unknown.getPropertyName(), unknown.getKnownPropertyIds()));
            case ValueInstantiationException value -> new Fault("out_of_range", param, reason(value));
            default -> new Fault("wrong_type", param, "The value of '%s' has the wrong JSON type.".formatted(param));
        };
    }

    /// Where a text stops being JSON.
    static String place(JacksonException broken) {
        var location = broken.getLocation();
        return location == null
                ? ""
                : ", see line %d, column %d".formatted(location.getLineNr(), location.getColumnNr());
    }

    private static String reason(ValueInstantiationException refused) {
        Throwable reason = Objects.requireNonNullElse(refused.getCause(), refused);
        return Objects.requireNonNullElse(reason.getMessage(), "The value is not possible.");
    }

    private static String segment(JacksonException.Reference reference) {
        return reference.getPropertyName() == null ? "[" + reference.getIndex() + "]" : reference.getPropertyName();
    }
}
