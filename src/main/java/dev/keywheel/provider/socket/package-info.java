/**
 * Requests to a provider over blocking sockets: key checks, and what clients send through the
 * gateway.
 */
@NullMarked
package dev.keywheel.provider.socket;

import org.jspecify.annotations.NullMarked;
