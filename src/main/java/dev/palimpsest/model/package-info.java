/// One Vision Transformer into which adapters are put.
@ApplicationModule(allowedDependencies = {"torch", "settings"})
@NullMarked
package dev.palimpsest.model;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
