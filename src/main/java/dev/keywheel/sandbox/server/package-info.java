/** The sandbox as an HTTP server, its log of requests and its control routes. */
@NullMarked
package dev.keywheel.sandbox.server;

import org.jspecify.annotations.NullMarked;
