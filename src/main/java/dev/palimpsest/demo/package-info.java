/// The five minutes of the README: talks HTTP to the service it runs in.
@ApplicationModule(allowedDependencies = {})
@NullMarked
package dev.palimpsest.demo;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
