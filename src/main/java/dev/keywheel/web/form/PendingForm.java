package dev.keywheel.web.form;

import dev.keywheel.db.Json;
import dev.keywheel.secret.shape.SecretShape;
import dev.keywheel.web.security.Csrf;
import dev.keywheel.web.security.LocalPath;
import io.javalin.http.Context;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A form that could not be processed when it was submitted: its session had ended, a confirmation
 * was missing, the vault was sealed, or the database failed. The response page contains the form,
 * so the input is not lost and the server stores nothing. It contains no key: the fields of secrets
 * are empty and must be filled in again.
 */
public record PendingForm(String path, List<Entry> fields) {
  private static final Set<String> PASSWORDS = Set.of("password", "current", "code");

  /**
   * Fields for pasted keys and for the secret of a key. A pending form does not contain their
   * values.
   */
  private static final Set<String> SECRETS = Set.of("keys", "secret");

  public PendingForm {
    fields.forEach(Objects::requireNonNull); // JSON from the browser may lack values
  }

  public record Entry(String name, String value) {
    public Entry {
      Objects.requireNonNull(name);
      Objects.requireNonNull(value);
    }

    /** Whether the user has to fill in the field again. */
    public boolean mustBeReentered() {
      return SECRETS.contains(name);
    }
  }

  /**
   * The submitted fields without passwords; a key typed in a field that is not for keys is masked.
   */
  public static PendingForm of(Context ctx) {
    var fields = new ArrayList<Entry>();
    ctx.formParamMap()
        .forEach(
            (name, values) -> {
              if (!name.equals(Csrf.FIELD) && !PASSWORDS.contains(name)) {
                values.forEach(value -> fields.add(new Entry(name, kept(name, value))));
              }
            });
    return new PendingForm(ctx.path(), fields);
  }

  private static String kept(String name, String value) {
    return SECRETS.contains(name) ? "" : SecretShape.CERTAIN.masked(value);
  }

  /** Whether the user has to fill in a field again. */
  public boolean hasSecrets() {
    return fields.stream().anyMatch(Entry::mustBeReentered);
  }

  /**
   * The form to send the same request again, with its CSRF token. Empty for a form with a password,
   * a code or a file.
   */
  public static Optional<PendingForm> again(Context ctx) {
    var token = ctx.formParam(Csrf.FIELD);
    if (token == null
        || ctx.formParamMap().keySet().stream().anyMatch(PASSWORDS::contains)
        || ctx.uploadedFiles().stream().anyMatch(file -> file.size() > 0)) {
      return Optional.empty();
    }
    PendingForm form = of(ctx);
    form.fields().add(new Entry(Csrf.FIELD, token));
    return Optional.of(form);
  }

  /** As JSON, for a hidden field of the sign-in or the confirmation. */
  public String encoded() {
    return Json.text(this);
  }

  /** Reads {@link #encoded} text; empty if it is missing or malformed, or its path is not local. */
  public static Optional<PendingForm> decoded(String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(Json.read(text, PendingForm.class))
          .filter(form -> !LocalPath.or(form.path(), "").isEmpty());
    } catch (UncheckedIOException e) {
      return Optional.empty();
    }
  }
}
