/** Limits of keys, and the reasons for the status of a key and the result of a test. */
@NullMarked
package dev.keywheel.provider.limit;

import org.jspecify.annotations.NullMarked;
