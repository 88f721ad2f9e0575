/** The log of all runs and recoveries, and polled updates of one of them. */
@NullMarked
package dev.keywheel.web.log;

import org.jspecify.annotations.NullMarked;
