/**
 * Calls to a provider through the pool: assigns keys, stores each attempt before it is sent,
 * applies its outcome, replaces refused keys.
 */
@NullMarked
package dev.keywheel.rotation;

import org.jspecify.annotations.NullMarked;
