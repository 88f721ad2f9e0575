/** Runs: states, tables, the graph of operations, and the durable job that turns it. */
@NullMarked
package dev.keywheel.article.run;

import org.jspecify.annotations.NullMarked;
