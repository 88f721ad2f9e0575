/**
 * An API below {@code /v1} that is compatible with those of OpenAI and Anthropic and uses the keys
 * of the pools. Only its pages and the wiring of the application use this package.
 */
@NullMarked
package dev.keywheel.gateway;

import org.jspecify.annotations.NullMarked;
