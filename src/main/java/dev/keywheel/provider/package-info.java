/**
 * Requests to an LLM provider, and the interpretation of its answers.
 *
 * <p>{@link dev.keywheel.provider.openrouter.OpenRouter} sends requests, {@link
 * dev.keywheel.provider.classify.Classifier} interprets the answers. Requests that the gateway
 * relays are sent by {@link dev.keywheel.provider.socket.RelayClient}.
 */
@NullMarked
package dev.keywheel.provider;

import org.jspecify.annotations.NullMarked;
