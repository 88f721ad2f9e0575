/**
 * Outages of a provider, as one node sees them: when a pool must pause because the provider fails
 * and not its keys, for how long, and what may end the pause early.
 */
@NullMarked
package dev.keywheel.rotation.pause;

import org.jspecify.annotations.NullMarked;
