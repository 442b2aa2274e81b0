/// What came of jobs: rows of tasks, counts, series, checkpoints.
@ApplicationModule(allowedDependencies = {"jobs", "checkpoints", "metrics", "settings"})
@NullMarked
package dev.palimpsest.results;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
