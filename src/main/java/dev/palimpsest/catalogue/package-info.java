/// What may be named: data sets and backbones, checked and kept.
@ApplicationModule(allowedDependencies = {"data", "files", "model", "checkpoints", "torch", "settings"})
@NullMarked
package dev.palimpsest.catalogue;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
