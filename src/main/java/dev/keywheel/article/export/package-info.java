/** Exports of articles. Pure: from the assembled article to bytes. */
@NullMarked
package dev.keywheel.article.export;

import org.jspecify.annotations.NullMarked;
