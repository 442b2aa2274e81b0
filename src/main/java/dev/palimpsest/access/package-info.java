/// Who may do what.
@ApplicationModule(allowedDependencies = {})
@NullMarked
package dev.palimpsest.access;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
