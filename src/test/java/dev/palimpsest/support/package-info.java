/// What tests of several rooms share.
@NullMarked
package dev.palimpsest.support;

import org.jspecify.annotations.NullMarked;
