/** Decides what an answer of a provider means for a call, a key check, and the key. */
@NullMarked
package dev.keywheel.provider.classify;

import org.jspecify.annotations.NullMarked;
