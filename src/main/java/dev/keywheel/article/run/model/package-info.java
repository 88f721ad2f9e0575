/** Pure model of a run: inputs, states, graph of operations, parts. */
@NullMarked
package dev.keywheel.article.run.model;

import org.jspecify.annotations.NullMarked;
