/** Articles as files to take away. Pure: from the assembled article to bytes. */
@NullMarked
package dev.keywheel.article.export;

import org.jspecify.annotations.NullMarked;
