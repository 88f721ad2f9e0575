/** Pure model of a run: inputs, limits, parts, and which parts a changed plan makes stale. */
@NullMarked
package dev.keywheel.article.run.model;

import org.jspecify.annotations.NullMarked;
