package dev.palimpsest.settings;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Describes one component of a settings record: the only source of the check, the schema and the form.
///
/// Every component of such a record carries one. The name on the wire is the component's in snake_case. Null
/// is allowed exactly where the component's type is `@Nullable`. Bounds of numbers and of text hold for each
/// element where the component is a list, a set or a map.
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Setting {

    /// One sentence for people, with a full stop.
    String value();

    /// The default as JSON text, a string with its quotes; without one the setting is required.
    String defaultValue() default "";

    /// Smallest number that is allowed.
    double min() default Double.NEGATIVE_INFINITY;

    /// Largest number that is allowed.
    double max() default Double.POSITIVE_INFINITY;

    /// A number must be above this.
    double exclusiveMin() default Double.NEGATIVE_INFINITY;

    /// A number must be below this.
    double exclusiveMax() default Double.POSITIVE_INFINITY;

    /// Whether the settings of this component, a record, stand among those around it instead of in an object of their
    /// own. It has no default: its settings have theirs. Jackson needs `@JsonUnwrapped` beside it.
    boolean inline() default false;

    /// What a number counts, where the name does not say it.
    String unit() default "";

    /// Fewest characters of a text.
    int minLength() default 0;

    /// Most characters of a text.
    int maxLength() default Integer.MAX_VALUE;

    /// Fewest values of a list or a map.
    int minItems() default 0;

    /// Most values of a list or a map.
    int maxItems() default Integer.MAX_VALUE;

    /// No value of a list may stand there twice. A `Set` needs no saying.
    boolean distinct() default false;
}
