/** Assignment of keys to runs: the decision, the plan with its seats, and replacements. */
@NullMarked
package dev.keywheel.assignment;

import org.jspecify.annotations.NullMarked;
