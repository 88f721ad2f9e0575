/** Waiting, as something that is handed in, so that no test waits for real. */
@NullMarked
package dev.keywheel.time;

import org.jspecify.annotations.NullMarked;
