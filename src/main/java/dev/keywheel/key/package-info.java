/**
 * The pool of API keys: what they are, what state they are in and why, and the order they take
 * turns.
 */
@NullMarked
package dev.keywheel.key;

import org.jspecify.annotations.NullMarked;
