/** Starts Keywheel: reads the environment, puts the parts together, stops them in order. */
@NullMarked
package dev.keywheel;

import org.jspecify.annotations.NullMarked;
