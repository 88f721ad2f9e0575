package dev.keywheel.web.articles;

import dev.keywheel.web.page.Flash;

/**
 * The response after an article was deleted in the list: it removes the row of the article.
 *
 * @param view address of the list, to which an undo returns
 */
public record DeletedRow(Flash message, String view) {}
