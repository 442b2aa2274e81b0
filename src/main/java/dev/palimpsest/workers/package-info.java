/// The nodes that work at what is queued: devices and their slots, leases, the ladder of a stop, what was lost.
@ApplicationModule(allowedDependencies = {"jobs", "settings", "postgres"})
@NullMarked
package dev.palimpsest.workers;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
