/** Access tokens of the gateway: their format, hash, scope and lifecycle. */
@NullMarked
package dev.keywheel.gateway.token;

import org.jspecify.annotations.NullMarked;
