/// The queue: states, attempts, fences, events; knows nothing of training.
@ApplicationModule(allowedDependencies = {})
@NullMarked
package dev.palimpsest.jobs;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
