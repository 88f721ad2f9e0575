/**
 * Tests the keys of a pool all at once and applies the results. A batch takes as long as its
 * slowest answer.
 */
@NullMarked
package dev.keywheel.recovery;

import org.jspecify.annotations.NullMarked;
