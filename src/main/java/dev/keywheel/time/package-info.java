/** Injectable waiting and monotonic time, so that tests do not really wait. */
@NullMarked
package dev.keywheel.time;

import org.jspecify.annotations.NullMarked;
