/** Streams of server-sent events: borders, errors, ends, and usage, for each protocol. No I/O. */
@NullMarked
package dev.keywheel.gateway.stream;

import org.jspecify.annotations.NullMarked;
