/**
 * Tests the keys of a pool concurrently and applies the results. While the number of keys is below
 * the concurrency limit, a batch takes as long as its slowest answer.
 */
@NullMarked
package dev.keywheel.recovery;

import org.jspecify.annotations.NullMarked;
