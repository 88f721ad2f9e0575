/** Rules for text that looks like a provider key, and what is done with such text. */
@NullMarked
package dev.keywheel.secret.shape;

import org.jspecify.annotations.NullMarked;
