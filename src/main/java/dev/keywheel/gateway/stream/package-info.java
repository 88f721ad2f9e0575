/** Streams of server-sent events in each protocol: boundaries, errors, ends and usage. No I/O. */
@NullMarked
package dev.keywheel.gateway.stream;

import org.jspecify.annotations.NullMarked;
