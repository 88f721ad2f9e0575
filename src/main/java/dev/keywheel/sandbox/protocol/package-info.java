/** The protocols of the sandbox: chat completions, Messages, Responses, Completions. */
@NullMarked
package dev.keywheel.sandbox.protocol;

import org.jspecify.annotations.NullMarked;
