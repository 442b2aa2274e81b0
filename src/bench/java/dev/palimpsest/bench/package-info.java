/// Measurements, and how the bundled backbone was made; compiled and run with `-Pbench` only.
@NullMarked
package dev.palimpsest.bench;

import org.jspecify.annotations.NullMarked;
