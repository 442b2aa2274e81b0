/// What is kept of past tasks; each part saves itself as a bundle.
@ApplicationModule(allowedDependencies = {"model", "data", "torch"})
@NullMarked
package dev.palimpsest.memory;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
