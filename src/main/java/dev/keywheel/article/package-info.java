/**
 * Articles: from a topic to a finished page, in runs of eight operations.
 *
 * <p>{@link dev.keywheel.article.ArticleModule} creates the services that pages use. The
 * documentation of the package {@code article.text} lists the subpackages in the order of their
 * dependencies.
 */
@NullMarked
package dev.keywheel.article;

import org.jspecify.annotations.NullMarked;
