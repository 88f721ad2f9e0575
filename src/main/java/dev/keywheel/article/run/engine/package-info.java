/** The durable job that advances a run: commands, the graph of operations, calls, completion. */
@NullMarked
package dev.keywheel.article.run.engine;

import org.jspecify.annotations.NullMarked;
