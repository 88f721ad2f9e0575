/** Time limits and windows, recent entries, and injectable waiting for tests that do not wait. */
@NullMarked
package dev.keywheel.time;

import org.jspecify.annotations.NullMarked;
