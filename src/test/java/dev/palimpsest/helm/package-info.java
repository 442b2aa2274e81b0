/// The chart, linted and rendered without a cluster.
@NullMarked
package dev.palimpsest.helm;

import org.jspecify.annotations.NullMarked;
