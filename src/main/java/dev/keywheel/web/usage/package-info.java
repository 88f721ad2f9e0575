/** Calls, tokens and cost over time, by pool, model, key and run. */
@NullMarked
package dev.keywheel.web.usage;

import org.jspecify.annotations.NullMarked;
