/** Time limits, time windows, and injectable waiting, so that tests do not really wait. */
@NullMarked
package dev.keywheel.time;

import org.jspecify.annotations.NullMarked;
