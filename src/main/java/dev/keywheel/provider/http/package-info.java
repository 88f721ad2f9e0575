/**
 * HTTP to a provider: transports, bounded bodies, transport errors, and removal of secrets from
 * answers.
 */
@NullMarked
package dev.keywheel.provider.http;

import org.jspecify.annotations.NullMarked;
