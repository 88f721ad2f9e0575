/**
 * An API compatible with those of OpenAI and Anthropic, over the pools: {@code /v1}. Nothing but
 * its screens and the composition uses it.
 */
@NullMarked
package dev.keywheel.gateway;

import org.jspecify.annotations.NullMarked;
