/**
 * Recovery: the keys of a pool tested all at once, and what was learnt applied. A batch takes as
 * long as its slowest answer, not the sum of them.
 */
@NullMarked
package dev.keywheel.recovery;

import org.jspecify.annotations.NullMarked;
