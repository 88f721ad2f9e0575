package dev.keywheel.web.form;

import dev.keywheel.problem.Rejected;
import dev.keywheel.web.page.Htmx;

/**
 * Detects that what a form edits was changed after the form was opened. The form has the hidden
 * field {@code based_on} with the version of the value that it showed.
 */
public final class SeenValue {
  private static final String FIELD = "based_on";

  private SeenValue() {}

  /** Throws the rejection if the form was opened before {@code now} became the value. */
  public static void check(Form form, Object now, Rejected changed) {
    String seen = form.raw(FIELD);
    if (!seen.isEmpty() && !seen.equals(Htmx.version(now))) {
      throw changed;
    }
  }
}
