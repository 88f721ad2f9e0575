/** The client side of the gateway over HTTP: endpoints, bodies, connections, errors, headers. */
@NullMarked
package dev.keywheel.gateway.http;

import org.jspecify.annotations.NullMarked;
