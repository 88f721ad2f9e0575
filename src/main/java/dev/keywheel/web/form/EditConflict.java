package dev.keywheel.web.form;

import dev.keywheel.problem.Rejected;
import dev.keywheel.web.page.Htmx;
import io.javalin.http.Context;
import java.util.Optional;
import java.util.UUID;

/**
 * Detects that the value that a form edits was changed after the form was opened. The form has the
 * hidden field {@code based_on} with the version of the value that it showed.
 */
public final class EditConflict {
  private static final String FIELD = "based_on";

  private EditConflict() {}

  /** Throws the rejection if the form was opened before {@code now} became the value. */
  public static void check(Form form, Object now, Rejected changed) {
    String seen = form.raw(FIELD);
    String version = Htmx.version(now);
    if (!seen.isEmpty() && !seen.equals(version)) {
      form.context().attribute(FIELD, version);
      throw changed;
    }
  }

  /** Like {@link #check}, for a form with one text field; accepts the current value again. */
  public static void checkField(Form form, String field, String now) {
    if (!form.raw(field).strip().equals(now)) {
      var change = now.isEmpty() ? ": it is empty now." : " to “" + now + "”.";
      check(
          form,
          now,
          new Rejected(
              field,
              "The %s was changed after you opened this page%s Press the button again to replace it."
                  .formatted(field, change)));
    }
  }

  /**
   * The version on which a rejected form is based when it is shown again. If {@link #check}
   * rejected the form, it is the version of the current value, which the message tells the user.
   * After any other rejection it is the submitted version, because the user has not been told about
   * a change.
   *
   * @param path of the form
   * @return empty if the request did not submit this form
   */
  public static Optional<String> basis(Context ctx, String path) {
    if (!ctx.path().equals(path)) {
      return Optional.empty();
    }
    return Optional.<String>ofNullable(ctx.attribute(FIELD))
        .or(() -> Parameter.parsed(ctx.formParam(FIELD), UUID::fromString).map(UUID::toString));
  }
}
