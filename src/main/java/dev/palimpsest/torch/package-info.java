/// The only room that talks to libtorch: programs, tensors and their lifetimes.
@ApplicationModule(allowedDependencies = {})
@NullMarked
package dev.palimpsest.torch;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
