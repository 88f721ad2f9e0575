/** The pages of runs: the list, one run, cancel and retry, its log as a file. */
@NullMarked
package dev.keywheel.web.runs;

import org.jspecify.annotations.NullMarked;
