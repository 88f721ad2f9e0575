/** Tables of runs, operations and parts, the run queue, and the run lines of the log. */
@NullMarked
package dev.keywheel.article.run.store;

import org.jspecify.annotations.NullMarked;
