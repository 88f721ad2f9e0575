/** Queries for the pages of articles and runs. */
@NullMarked
package dev.keywheel.article.view;

import org.jspecify.annotations.NullMarked;
