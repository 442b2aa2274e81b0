/// How HTTP is spoken: problems, pages, idempotency, limits.
@ApplicationModule(allowedDependencies = {"settings", "postgres"})
@NullMarked
package dev.palimpsest.http;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
