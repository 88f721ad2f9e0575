/** The assembled article: body, contents, cover, score and measures. */
@NullMarked
package dev.keywheel.article.page;

import org.jspecify.annotations.NullMarked;
