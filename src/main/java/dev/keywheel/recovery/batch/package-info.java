/** Runs a batch: feeds keys, limits concurrency, checks each key, writes the results. */
@NullMarked
package dev.keywheel.recovery.batch;

import org.jspecify.annotations.NullMarked;
