/// One description of settings for the check, the schema and the trainer.
@ApplicationModule(allowedDependencies = {})
@NullMarked
package dev.palimpsest.settings;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
