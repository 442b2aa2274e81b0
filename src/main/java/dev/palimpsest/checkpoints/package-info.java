/// Files that a run can go on from or be taken away with; knows nothing of tensors.
@ApplicationModule(allowedDependencies = {})
@NullMarked
package dev.palimpsest.checkpoints;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
