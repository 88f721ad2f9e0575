/** The log over all runs and recoveries, and the pieces that follow the log of one of them. */
@NullMarked
package dev.keywheel.web.log;

import org.jspecify.annotations.NullMarked;
