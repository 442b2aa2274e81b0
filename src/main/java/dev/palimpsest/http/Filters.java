package dev.palimpsest.http;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Query parameters by which a list can be narrowed, beside those that its method declares. Each may be given
/// several times, which means "or".
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Filters {

    String[] value();

    /// Whether `metadata.<key>` is one too.
    boolean metadata() default false;
}
