/// HTTP in, JSON out; no decisions.
@ApplicationModule(
        allowedDependencies = {
            "runs",
            "experiments",
            "results",
            "catalogue",
            "http",
            "workers",
            "jobs",
            "training",
            "methods",
            "data",
            "metrics",
            "checkpoints",
            "settings"
        })
@NullMarked
package dev.palimpsest.web;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
