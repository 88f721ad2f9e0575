/** The assembled article: body, contents, structured data, picture, measures. Pure. */
@NullMarked
package dev.keywheel.article.page;

import org.jspecify.annotations.NullMarked;
