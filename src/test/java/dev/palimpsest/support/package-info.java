/// What several tests share: fakes that pass the contract of their port, and the database.
@NullMarked
package dev.palimpsest.support;

import org.jspecify.annotations.NullMarked;
