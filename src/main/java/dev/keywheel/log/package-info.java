/** The execution log: the events of runs and recoveries, line by line, as text for users. */
@NullMarked
package dev.keywheel.log;

import org.jspecify.annotations.NullMarked;
