/**
 * The pure model of API keys and their pools: status, limits, recheck schedule, counts and pauses.
 */
@NullMarked
package dev.keywheel.key.state;

import org.jspecify.annotations.NullMarked;
