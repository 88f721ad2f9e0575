/** Retention periods, and the job that removes expired rows. */
@NullMarked
package dev.keywheel.retention;

import org.jspecify.annotations.NullMarked;
