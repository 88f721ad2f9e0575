/** The page plan, which operation 1 writes and all others follow. */
@NullMarked
package dev.keywheel.article.plan;

import org.jspecify.annotations.NullMarked;
