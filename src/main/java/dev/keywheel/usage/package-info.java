/**
 * Sums of calls, tokens and cost, by hour and model and by day and key; triggers add the attempts.
 */
@NullMarked
package dev.keywheel.usage;

import org.jspecify.annotations.NullMarked;
