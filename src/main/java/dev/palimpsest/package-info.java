/// The application: everything in the rooms below, started.
@NullMarked
package dev.palimpsest;

import org.jspecify.annotations.NullMarked;
