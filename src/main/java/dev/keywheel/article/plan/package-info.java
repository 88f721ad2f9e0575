/** The page plan: what operation 1 decides and everything after it follows. */
@NullMarked
package dev.keywheel.article.plan;

import org.jspecify.annotations.NullMarked;
