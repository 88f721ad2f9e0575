/** The pages of runs: the list, and one run with its actions and its log as a file. */
@NullMarked
package dev.keywheel.web.runs;

import org.jspecify.annotations.NullMarked;
