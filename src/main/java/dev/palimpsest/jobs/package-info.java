/// The queue: states, attempts, fences, events; knows neither training nor nodes.
@ApplicationModule(allowedDependencies = {"settings", "postgres"})
@NullMarked
package dev.palimpsest.jobs;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
