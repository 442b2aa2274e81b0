/// The embedded database, when no other is configured.
@ApplicationModule(allowedDependencies = {})
@NullMarked
package dev.palimpsest.postgres;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
