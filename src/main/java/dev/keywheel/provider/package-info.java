/**
 * Everything Keywheel says to an LLM provider and everything it understands of the answers.
 *
 * <p>{@link dev.keywheel.provider.OpenRouter} sends, {@code Classifier} decides what an answer
 * means. No other package sends HTTP requests to other hosts.
 */
@NullMarked
package dev.keywheel.provider;

import org.jspecify.annotations.NullMarked;
