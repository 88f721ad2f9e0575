/** The execution log: lines about runs, recoveries and gateway requests, as text for users. */
@NullMarked
package dev.keywheel.log;

import org.jspecify.annotations.NullMarked;
