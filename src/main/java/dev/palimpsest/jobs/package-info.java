/// The queue: states, attempts, fences, events; knows nothing of training.
@ApplicationModule(allowedDependencies = {"settings", "postgres"})
@NullMarked
package dev.palimpsest.jobs;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
