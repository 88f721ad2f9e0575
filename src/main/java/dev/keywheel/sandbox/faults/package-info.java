/** Behaviours of sandbox keys, and the error answers of OpenRouter. */
@NullMarked
package dev.keywheel.sandbox.faults;

import org.jspecify.annotations.NullMarked;
