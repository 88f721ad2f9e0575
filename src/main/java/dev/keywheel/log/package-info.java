/**
 * The execution log: what happened in a run or a recovery, line by line, in the words people read.
 */
@NullMarked
package dev.keywheel.log;

import org.jspecify.annotations.NullMarked;
