/**
 * The key of each request: seats of the pools' rotations, limits of tokens, what answers say of
 * keys.
 */
@NullMarked
package dev.keywheel.gateway.seat;

import org.jspecify.annotations.NullMarked;
