/** Handles requests of the gateway, from the access token through the attempts to the answer. */
@NullMarked
package dev.keywheel.gateway.call;

import org.jspecify.annotations.NullMarked;
