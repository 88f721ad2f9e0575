/**
 * Requests to an LLM provider, and the interpretation of its answers.
 *
 * <p>{@link dev.keywheel.provider.openrouter.OpenRouter} sends requests, {@link
 * dev.keywheel.provider.classify.Classifier} interprets answers, and {@link
 * dev.keywheel.provider.socket.RelayClient} sends the requests that the gateway relays.
 */
@NullMarked
package dev.keywheel.provider;

import org.jspecify.annotations.NullMarked;
