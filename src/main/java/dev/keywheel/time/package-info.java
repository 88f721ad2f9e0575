/** Time limits and windows, a map of recent entries, and delays that tests can replace. */
@NullMarked
package dev.keywheel.time;

import org.jspecify.annotations.NullMarked;
