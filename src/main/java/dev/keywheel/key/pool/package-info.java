/**
 * Tables of keys and pools: rotation order, state updates after calls and checks, inserts, and key
 * names.
 */
@NullMarked
package dev.keywheel.key.pool;

import org.jspecify.annotations.NullMarked;
