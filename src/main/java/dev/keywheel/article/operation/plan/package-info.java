/** Operations that plan the article and its metadata. */
@NullMarked
package dev.keywheel.article.operation.plan;

import org.jspecify.annotations.NullMarked;
