/// PostgreSQL: the embedded one, and what its failures mean.
@ApplicationModule(allowedDependencies = {})
@NullMarked
package dev.palimpsest.postgres;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
