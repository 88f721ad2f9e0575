/** Tables of test batches and key tests, with their settings and retention. */
@NullMarked
package dev.keywheel.recovery.store;

import org.jspecify.annotations.NullMarked;
