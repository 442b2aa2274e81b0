/// One interface, one class with its settings record for each algorithm.
@ApplicationModule(allowedDependencies = {"memory", "model", "data", "metrics", "torch", "settings"})
@NullMarked
package dev.palimpsest.methods;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
