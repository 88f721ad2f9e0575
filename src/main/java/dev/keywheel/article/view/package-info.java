/** What the pages of articles and runs call: their queries, and services for their commands. */
@NullMarked
package dev.keywheel.article.view;

import org.jspecify.annotations.NullMarked;
