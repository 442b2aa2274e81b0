/// HTTP in, JSON out; no decisions.
@ApplicationModule(
        allowedDependencies = {
            "experiments",
            "jobs",
            "training",
            "methods",
            "data",
            "checkpoints",
            "metrics",
            "settings"
        })
@NullMarked
package dev.palimpsest.web;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
