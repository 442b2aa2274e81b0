package dev.palimpsest.settings;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Compares a JSON tree with the description of a settings type and collects every fault.
///
/// Nothing is coerced: `"8"`, `8.0` and `8.7` are no integers. A record whose parts are clean is also built
/// once, so that what its compact constructor refuses stands in the same list.
public final class SettingsCheck {

    private static final int SHOWN = 60;

    private final List<Fault> faults = new ArrayList<>();

    private SettingsCheck() {}

    /// Every fault of the tree, in the order of its fields; empty where it is clean.
    ///
    /// @param paramPrefix where the tree stands in the request, `method` for instance; empty for the request
    ///     itself
    public static List<Fault> check(JsonNode tree, Class<?> type, String paramPrefix) {
        var check = new SettingsCheck();
        check.value(tree, Shape.of(type), null, false, paramPrefix);
        return List.copyOf(check.faults);
    }

    private void value(JsonNode node, Shape shape, @Nullable Setting setting, boolean nullable, String param) {
        if (node.isNull() && (nullable || shape instanceof Shape.Anything)) {
            return;
        }
        if (!fits(node, shape)) {
            var allowed = name(shape) + (nullable ? " or null" : "");
            add("wrong_type", param, "%s must be %s, got %s.".formatted(label(param), allowed, shown(node)));
            return;
        }
        switch (shape) {
            case Shape.Whole whole -> whole(node, whole, setting, param);
            case Shape.Decimal _ -> number(node, setting, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, param);
            case Shape.Text _ -> text(node.stringValue(), setting, param);
            case Shape.Choice choice -> choice(node, choice.values(), param);
            case Shape.Many many -> many(node, many, setting, param);
            case Shape.Named named -> named(node, named, setting, param);
            case Shape.Fields fields -> fields(node, fields, param);
            case Shape.Family family -> family(node, family, param);
            case Shape.Truth _, Shape.Anything _ -> {}
        }
    }

    private static boolean fits(JsonNode node, Shape shape) {
        return switch (shape) {
            case Shape.Whole _ -> node.isIntegralNumber();
            case Shape.Decimal _ -> node.isNumber();
            case Shape.Text _, Shape.Choice _ -> node.isString();
            case Shape.Truth _ -> node.isBoolean();
            case Shape.Many _ -> node.isArray();
            case Shape.Named _, Shape.Fields _, Shape.Family _ -> node.isObject();
            case Shape.Anything _ -> true;
        };
    }

    private static String name(Shape shape) {
        return switch (shape) {
            case Shape.Whole _ -> "an integer";
            case Shape.Decimal _ -> "a number";
            case Shape.Text _, Shape.Choice _ -> "a string";
            case Shape.Truth _ -> "true or false";
            case Shape.Many _ -> "an array";
            case Shape.Named _, Shape.Fields _, Shape.Family _ -> "an object";
            case Shape.Anything _ -> "any value";
        };
    }

    private void whole(JsonNode node, Shape.Whole whole, @Nullable Setting setting, String param) {
        double least = (double) whole.least();
        double most = (double) whole.most();
        if (node.canConvertToLong()) {
            number(node, setting, least, most, param);
        } else {
            outOfRange(node, range(setting, least, most), param);
        }
    }

    private void number(JsonNode node, @Nullable Setting setting, double least, double most, String param) {
        var range = range(setting, least, most);
        if (!range.contains(node.doubleValue())) {
            outOfRange(node, range, param);
        }
    }

    private static Range range(@Nullable Setting setting, double least, double most) {
        return setting == null ? new Range(least, false, most, false) : Range.of(setting, least, most);
    }

    private void outOfRange(JsonNode node, Range range, String param) {
        add("out_of_range", param, "%s must be %s, got %s.".formatted(label(param), range, shown(node)));
    }

    private void text(String text, @Nullable Setting setting, String param) {
        if (setting == null) {
            return;
        }
        size(
                text.codePointCount(0, text.length()),
                setting.minLength(),
                setting.maxLength(),
                "too_long",
                "characters",
                param);
    }

    private void size(int size, int least, int most, String tooMuch, String unit, String param) {
        if (size >= least && size <= most) {
            return;
        }
        var allowed = most == Integer.MAX_VALUE ? "at least " + least : least + ".." + most;
        add(
                size > most ? tooMuch : "out_of_range",
                param,
                "%s must have %s %s, got %d.".formatted(label(param), allowed, unit, size));
    }

    private void choice(JsonNode node, List<String> values, String param) {
        if (!values.contains(node.stringValue())) {
            notOneOf(node, values, param);
        }
    }

    private void notOneOf(JsonNode node, Iterable<String> values, String param) {
        var allowed = String.join(", ", values);
        add("not_one_of", param, "%s must be one of %s, got %s.".formatted(label(param), allowed, shown(node)));
    }

    private void many(JsonNode node, Shape.Many many, @Nullable Setting setting, String param) {
        if (setting != null) {
            size(node.size(), setting.minItems(), setting.maxItems(), "too_many", "values", param);
        }
        var distinct = many.set() || (setting != null && setting.distinct());
        var seen = new HashSet<JsonNode>();
        for (int i = 0; i < node.size(); i++) {
            var place = param + "[" + i + "]";
            value(node.get(i), many.element(), setting, many.elementNullable(), place);
            if (!seen.add(node.get(i)) && distinct) {
                add("duplicate_value", place, "%s has %s twice.".formatted(label(param), shown(node.get(i))));
            }
        }
    }

    private void named(JsonNode node, Shape.Named named, @Nullable Setting setting, String param) {
        if (setting != null) {
            size(node.size(), setting.minItems(), setting.maxItems(), "too_many", "entries", param);
        }
        node.forEachEntry(
                (key, value) -> value(value, named.element(), setting, named.elementNullable(), inside(param, key)));
    }

    private void family(JsonNode node, Shape.Family family, String param) {
        var tag = node.get(family.tagName());
        var place = inside(param, family.tagName());
        if (tag == null) {
            missing(label(param), family.tagName(), place);
            return;
        }
        if (!tag.isString()) {
            add("wrong_type", place, "%s must be a string, got %s.".formatted(label(place), shown(tag)));
            return;
        }
        var member = family.members().get(tag.stringValue());
        if (member == null) {
            notOneOf(tag, family.members().keySet(), place);
            return;
        }
        fields(node, member, param);
    }

    private void fields(JsonNode node, Shape.Fields fields, String param) {
        var before = faults.size();
        var tag = fields.tag();
        var subject = tag == null ? label(param) : tag.value();
        var known = new LinkedHashSet<String>();
        if (tag != null) {
            known.add(tag.name());
            tag(node, tag, subject, param);
        }
        fields.fields().forEach(field -> known.add(field.name()));
        unknown(node, known, subject, param);
        for (var field : fields.fields()) {
            var value = node.get(field.name());
            if (value != null) {
                value(value, field.shape(), field.setting(), field.nullable(), inside(param, field.name()));
            } else if (field.absent() == null) {
                missing(subject, field.name(), inside(param, field.name()));
            }
        }
        if (faults.size() == before) {
            SettingsBinder.refusal(node, fields, param).ifPresent(faults::add);
        }
    }

    private void tag(JsonNode node, Shape.Tag tag, String subject, String param) {
        var place = inside(param, tag.name());
        var value = node.get(tag.name());
        if (value == null) {
            missing(subject, tag.name(), place);
        } else if (!value.isString() || !tag.value().equals(value.stringValue())) {
            notOneOf(value, List.of(tag.value()), place);
        }
    }

    private void unknown(JsonNode node, Set<String> known, String subject, String param) {
        for (var name : node.propertyNames()) {
            if (!known.contains(name)) {
                add(
                        "unknown_field",
                        inside(param, name),
                        "%s has no setting '%s'.%s".formatted(subject, shortened(name), Suggestion.of(name, known)));
            }
        }
    }

    private void missing(String subject, String name, String param) {
        add("missing_field", param, "%s needs '%s'.".formatted(subject, name));
    }

    private void add(String code, String param, String detail) {
        faults.add(new Fault(code, param, detail));
    }

    static String inside(String param, String name) {
        return param.isEmpty() ? name : param + "." + name;
    }

    private static String label(String param) {
        return param.isEmpty() ? "The request" : param.substring(param.lastIndexOf('.') + 1);
    }

    private static String shown(JsonNode node) {
        return node.isString() ? "'" + shortened(node.stringValue()) + "'" : shortened(node.toString());
    }

    private static String shortened(String text) {
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    }
}
