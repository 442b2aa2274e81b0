/// Pictures in, tasks out: plain arrays, no tensors.
@ApplicationModule(allowedDependencies = {"settings"})
@NullMarked
package dev.palimpsest.data;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
