/**
 * Assigns keys to requests in the rotations of the pools, applies the limits of tokens, and judges
 * keys by the answers.
 */
@NullMarked
package dev.keywheel.gateway.seat;

import org.jspecify.annotations.NullMarked;
