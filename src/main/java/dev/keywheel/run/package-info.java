/**
 * Runs, their operations, seats and attempts. Only this package accesses these tables, except for
 * the lists of {@code article.view}. It stores rows and states; other packages interpret them.
 */
@NullMarked
package dev.keywheel.run;

import org.jspecify.annotations.NullMarked;
