/**
 * Calls, tokens and cost by hour and model, and by day and key; triggers add the attempts to the
 * sums.
 */
@NullMarked
package dev.keywheel.usage;

import org.jspecify.annotations.NullMarked;
