/// Which of two arms is better, and how sure that is: values by seed in, a verdict with its tests out.
@ApplicationModule(allowedDependencies = "metrics")
@NullMarked
package dev.palimpsest.compare;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
