/** Access tokens of the gateway: their format, hash, scope and life. */
@NullMarked
package dev.keywheel.gateway.token;

import org.jspecify.annotations.NullMarked;
