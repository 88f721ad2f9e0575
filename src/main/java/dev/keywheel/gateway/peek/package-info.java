/**
 * Reads the fields of a request body that the gateway needs, and changes single values in its
 * bytes.
 */
@NullMarked
package dev.keywheel.gateway.peek;

import org.jspecify.annotations.NullMarked;
