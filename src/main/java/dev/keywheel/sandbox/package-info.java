/**
 * The stand-in provider: a small server on loopback that speaks OpenRouter's protocol, with
 * plausible content for each operation and faults that are chosen by the text of the key. Nothing
 * of Keywheel but {@code App} may import it.
 */
@NullMarked
package dev.keywheel.sandbox;

import org.jspecify.annotations.NullMarked;
