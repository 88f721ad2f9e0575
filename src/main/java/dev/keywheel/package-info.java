/** Starts Keywheel: reads the environment, wires the parts, stops them in order. */
@NullMarked
package dev.keywheel;

import org.jspecify.annotations.NullMarked;
