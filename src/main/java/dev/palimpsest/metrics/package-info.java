/// Pure numbers: counts in, continual-learning metrics out.
@ApplicationModule(allowedDependencies = {})
@NullMarked
package dev.palimpsest.metrics;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
