/// Labels to tasks, pictures to stores: plain arrays, no tensors.
@ApplicationModule(allowedDependencies = {"files", "settings"})
@NullMarked
package dev.palimpsest.data;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
