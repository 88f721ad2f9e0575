/** Pure model of a run: inputs, limits, plan changes, parts. */
@NullMarked
package dev.keywheel.article.run.model;

import org.jspecify.annotations.NullMarked;
