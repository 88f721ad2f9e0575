/**
 * Everything Keywheel says to an LLM provider and everything it understands of the answers.
 *
 * <p>{@link dev.keywheel.provider.OpenRouter} sends, {@code Classifier} decides what an answer
 * means. No other package speaks HTTP to the outside.
 */
@NullMarked
package dev.keywheel.provider;

import org.jspecify.annotations.NullMarked;
