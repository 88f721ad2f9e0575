/**
 * Requests to a provider over blocking sockets: key checks, and client requests that the gateway
 * relays.
 */
@NullMarked
package dev.keywheel.provider.socket;

import org.jspecify.annotations.NullMarked;
