/** Runs as a person watches and steers them: list, one run live, its log as a file. */
@NullMarked
package dev.keywheel.web.runs;

import org.jspecify.annotations.NullMarked;
