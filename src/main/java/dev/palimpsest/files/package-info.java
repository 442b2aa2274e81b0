/// Foreign files read in place: folders, archives, pictures.
@ApplicationModule(allowedDependencies = {})
@NullMarked
package dev.palimpsest.files;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
