/** Tables of articles and their parts. */
@NullMarked
package dev.keywheel.article.store;

import org.jspecify.annotations.NullMarked;
