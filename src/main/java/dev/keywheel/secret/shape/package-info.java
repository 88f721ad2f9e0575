/** Rules for text that looks like a provider key, and the masking and refusal of such text. */
@NullMarked
package dev.keywheel.secret.shape;

import org.jspecify.annotations.NullMarked;
