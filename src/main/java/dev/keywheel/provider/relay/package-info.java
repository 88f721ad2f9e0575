/** Requests of clients passed on to a provider, whose answers are read piece by piece. */
@NullMarked
package dev.keywheel.provider.relay;

import org.jspecify.annotations.NullMarked;
