/** The operation that plans the article, with its parser and its rules. */
@NullMarked
package dev.keywheel.article.operation.plan;

import org.jspecify.annotations.NullMarked;
