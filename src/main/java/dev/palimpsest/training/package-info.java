/// The loop, readable from top to bottom.
@ApplicationModule(
        allowedDependencies = {"methods", "memory", "model", "data", "checkpoints", "metrics", "torch", "settings"})
@NullMarked
package dev.palimpsest.training;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
