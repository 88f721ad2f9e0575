/** The OpenRouter provider: requests, model catalogue, image routes. */
@NullMarked
package dev.keywheel.provider.openrouter;

import org.jspecify.annotations.NullMarked;
