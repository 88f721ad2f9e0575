package dev.keywheel.web.form;

import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import io.javalin.http.Context;
import java.util.List;
import java.util.UUID;

/**
 * Reads what a form sent. A field that is not there is empty text, as browsers leave fields out.
 */
public final class Form {
  private final Context ctx;

  private Form(Context ctx) {
    this.ctx = ctx;
  }

  public static Form of(Context ctx) {
    return new Form(ctx);
  }

  /**
   * The field as it was typed.
   *
   * @throws Rejected when it was sent more than once
   */
  public String raw(String name) {
    var values = ctx.formParams(name);
    if (values.size() > 1) {
      throw new Rejected(name, "The field " + name + " was sent more than once.");
    }
    return values.isEmpty() ? "" : values.getFirst();
  }

  /**
   * The field without space around it.
   *
   * @throws Rejected when it is longer than {@code longest} characters
   */
  public String text(String name, int longest) {
    var text = raw(name).strip();
    if (text.length() > longest) {
      throw new Rejected(
          name,
          "This is " + text.length() + " characters long; up to " + longest + " are allowed.");
    }
    return text;
  }

  /**
   * A whole number.
   *
   * @throws Rejected when it is none, or outside {@code least..most}
   */
  public int whole(String name, int least, int most) {
    var text = raw(name).strip();
    try {
      var number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // the sentence below says it
    }
    throw new Rejected(name, "Enter a whole number from " + least + " to " + most + ".");
  }

  /** Whether a checkbox is ticked. */
  public boolean ticked(String name) {
    return !raw(name).isEmpty();
  }

  /** All values of a field that may come more than once. */
  public List<String> all(String name) {
    return ctx.formParams(name);
  }

  /** All ids of a field; what is not an id is left out. */
  public List<UUID> ids(String name) {
    return ctx.formParams(name).stream().flatMap(text -> uuid(text).stream()).toList();
  }

  /**
   * What {@code component/once} put into the form: the same for each sending of the same form. One
   * that came from elsewhere is its own first sending.
   */
  public UUID once() {
    return ids("request_id").stream().findFirst().orElseGet(UUID::randomUUID);
  }

  /**
   * The id in the path.
   *
   * @throws NotFound when it is not an id: such a page does not exist
   */
  public static UUID pathId(Context ctx, String name) {
    return uuid(ctx.pathParam(name))
        .orElseThrow(() -> new NotFound("There is no page at this address."));
  }

  private static java.util.Optional<UUID> uuid(String text) {
    if (text.length() != 36) {
      return java.util.Optional.empty();
    }
    try {
      return java.util.Optional.of(UUID.fromString(text));
    } catch (IllegalArgumentException e) {
      return java.util.Optional.empty();
    }
  }
}
