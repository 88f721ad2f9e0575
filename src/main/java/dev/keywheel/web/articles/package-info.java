/**
 * The pages of articles: new article, list, article with downloads, editing of parts, and the
 * tool's frame.
 */
@NullMarked
package dev.keywheel.web.articles;

import org.jspecify.annotations.NullMarked;
