/// What a person asks: request, plan, jobs, summary over seeds.
@ApplicationModule(
        allowedDependencies = {
            "catalogue",
            "results",
            "workers",
            "jobs",
            "training",
            "methods",
            "memory",
            "model",
            "data",
            "metrics",
            "settings"
        })
@NullMarked
package dev.palimpsest.experiments;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
