package dev.keywheel.web.articles;

import dev.keywheel.web.page.Flash;

/**
 * The response to the deletion of a row of the list: the row is gone.
 *
 * @param view address of the list, which an undo leads back to
 */
public record DeletedRow(Flash message, String view) {}
