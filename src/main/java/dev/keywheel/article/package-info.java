/**
 * Articles: from a topic to a finished page, in runs of eight operations.
 *
 * <p>{@link dev.keywheel.article.Articles} is the door for pages; the packages below it are listed,
 * in their order, in {@code article.text}.
 */
@NullMarked
package dev.keywheel.article;

import org.jspecify.annotations.NullMarked;
