package dev.keywheel.web.find;

import org.jspecify.annotations.Nullable;

/**
 * A search hit: a link, or a button that performs an action.
 *
 * @param note distinguishes hits with the same label; may be empty
 * @param path URL of the hit
 * @param button the field that the button submits to {@code path}; null for a link
 */
public record Hit(
    String label, String note, String icon, String path, @Nullable SubmitButton button) {

  /**
   * @param form id of a form on the page, with the token and the other fields
   */
  public record SubmitButton(String form, String name, String value) {}

  Hit(String label, String note, String icon, String path) {
    this(label, note, icon, path, null);
  }
}
