/**
 * Runs, their operations, seats and attempts: the only package that names these tables, but for the
 * lists of {@code article.view}. Rows and states only; what they mean is decided above.
 */
@NullMarked
package dev.keywheel.run;

import org.jspecify.annotations.NullMarked;
