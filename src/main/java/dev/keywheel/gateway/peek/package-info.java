/** Reads what the gateway must know of a request body, and changes single values in its bytes. */
@NullMarked
package dev.keywheel.gateway.peek;

import org.jspecify.annotations.NullMarked;
