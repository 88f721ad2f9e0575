package dev.keywheel.web.form;

import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Reads form parameters. A missing field is an empty string: browsers do not send unticked boxes.
 */
public final class Form {
  private final Context ctx;

  private Form(Context ctx) {
    this.ctx = ctx;
  }

  public static Form of(Context ctx) {
    return new Form(ctx);
  }

  Context context() {
    return ctx;
  }

  /**
   * The field as typed.
   *
   * @throws Rejected if it was sent more than once
   */
  public String raw(String name) {
    var values = ctx.formParams(name);
    if (values.size() > 1) {
      throw new Rejected(name, "The field " + name + " was sent more than once.");
    }
    return values.isEmpty() ? "" : values.getFirst();
  }

  /**
   * The field without surrounding whitespace.
   *
   * @throws Rejected if it is longer than {@code longest} characters
   */
  public String text(String name, int longest) {
    var text = raw(name).strip();
    Rejected.checkLength(name, "This has", text.length(), longest);
    return text;
  }

  /**
   * An integer.
   *
   * @throws Rejected if it is malformed or outside {@code least..most}
   */
  public int wholeNumber(String name, int least, int most) {
    return wholeNumber(name, raw(name), least, most);
  }

  /** Like {@link #wholeNumber}, of the {@link #first} value of the field. */
  public int firstWholeNumber(String name, int least, int most) {
    return wholeNumber(name, first(name), least, most);
  }

  private static int wholeNumber(String name, String raw, int least, int most) {
    var text = raw.strip();
    try {
      var number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    throw new Rejected(name, "Enter a whole number from " + least + " to " + most + ".");
  }

  public boolean ticked(String name) {
    return !raw(name).isEmpty();
  }

  /** The first value of a field that a ticked box and the pressed button may both send. */
  public String first(String name) {
    var values = all(name);
    return values.isEmpty() ? "" : values.getFirst();
  }

  /** All values of a repeated field. */
  public List<String> all(String name) {
    return ctx.formParams(name);
  }

  /** All ids of a field; malformed ones are omitted. */
  public List<UUID> ids(String name) {
    return ctx.formParams(name).stream().flatMap(text -> uuid(text).stream()).toList();
  }

  /**
   * The request id from {@code component/once}, which is the same each time the form is submitted;
   * a new id if it is missing or malformed.
   */
  public UUID requestId() {
    return ids("request_id").stream().findFirst().orElseGet(UUID::randomUUID);
  }

  /** The id in the path, as {@link #pathId(Context, String)}. */
  public static UUID pathId(Context ctx) {
    return pathId(ctx, "id");
  }

  /**
   * An id in the path.
   *
   * @throws NotFound if it is malformed
   */
  public static UUID pathId(Context ctx, String name) {
    return uuid(ctx.pathParam(name)).orElseThrow(NotFound::noPage);
  }

  private static Optional<UUID> uuid(String text) {
    return text.length() == 36 ? Parameter.parsed(text, UUID::fromString) : Optional.empty();
  }
}
