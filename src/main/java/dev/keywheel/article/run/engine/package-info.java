/** The durable job that advances a run: commands, operations, calls, completion. */
@NullMarked
package dev.keywheel.article.run.engine;

import org.jspecify.annotations.NullMarked;
