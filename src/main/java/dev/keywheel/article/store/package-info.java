/** Tables of articles. */
@NullMarked
package dev.keywheel.article.store;

import org.jspecify.annotations.NullMarked;
