/** The log of all runs, recoveries and gateway requests, and polled updates of one of them. */
@NullMarked
package dev.keywheel.web.log;

import org.jspecify.annotations.NullMarked;
