/// What a person asked for and what came of it; the only room that knows both jobs and training.
@ApplicationModule(
        allowedDependencies = {
            "jobs",
            "training",
            "methods",
            "memory",
            "model",
            "data",
            "checkpoints",
            "metrics",
            "settings",
            "torch"
        })
@NullMarked
package dev.palimpsest.experiments;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
