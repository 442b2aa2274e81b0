/// Work on a slot of a device: attempts of jobs, evaluations and merges.
@ApplicationModule(
        allowedDependencies = {
            "experiments",
            "results",
            "catalogue",
            "workers",
            "jobs",
            "training",
            "methods",
            "model",
            "data",
            "files",
            "checkpoints",
            "metrics",
            "torch",
            "settings",
            "postgres"
        })
@NullMarked
package dev.palimpsest.runs;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
