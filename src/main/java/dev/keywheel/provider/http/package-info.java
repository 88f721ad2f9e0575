/**
 * HTTP requests to a provider: transport, bounded bodies, transport errors, and removal of keys
 * from answers.
 */
@NullMarked
package dev.keywheel.provider.http;

import org.jspecify.annotations.NullMarked;
