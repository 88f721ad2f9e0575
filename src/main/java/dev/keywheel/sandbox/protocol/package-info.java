/** The protocols in which the sandbox answers beside chat: Messages, Responses, Completions. */
@NullMarked
package dev.keywheel.sandbox.protocol;

import org.jspecify.annotations.NullMarked;
