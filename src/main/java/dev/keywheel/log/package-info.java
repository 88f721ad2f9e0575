/**
 * The execution log: the events of runs, recoveries and gateway requests, line by line, as text for
 * users.
 */
@NullMarked
package dev.keywheel.log;

import org.jspecify.annotations.NullMarked;
