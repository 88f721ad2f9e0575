package dev.keywheel.web.page;

import dev.keywheel.db.BoundedText;
import dev.keywheel.web.security.LocalPath;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message about the last action, shown once on the next page.
 *
 * @param text plain text
 * @param offer a follow-up action; null for none
 */
public record Flash(Severity tone, String text, @Nullable Offer offer) {
  private static final int LONGEST = 500;
  private static final int PARTS = 5;

  /** A follow-up action beside the message. */
  public sealed interface Offer {}

  /** A link to a page with details. */
  public record Link(String label, String path) implements Offer {}

  /** A form that undoes the action; a script hides the message after about ten seconds. */
  public record Undo(String label, String path) implements Offer {}

  public @Nullable Link link() {
    return offer instanceof Link link ? link : null;
  }

  public @Nullable Undo undo() {
    return offer instanceof Undo undo ? undo : null;
  }

  /** The message for a cookie, with the text cut to 500 characters. */
  public String toCookie() {
    var kept = BoundedText.start(text, LONGEST);
    var kind =
        switch (offer) {
          case null -> "||";
          case Link(var label, var path) -> "link|" + field(path) + "|" + field(label);
          case Undo(var label, var path) -> "undo|" + field(path) + "|" + field(label);
        };
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString((tone.name() + "|" + kind + "|" + kept).getBytes(StandardCharsets.UTF_8));
  }

  /** A field that may itself contain the separator. */
  private static String field(String value) {
    return value.replace("%", "%25").replace("|", "%7C");
  }

  private static String value(String field) {
    return field.replace("%7C", "|").replace("%25", "%");
  }

  /**
   * The message from {@link #toCookie}, without an offer that leads to another server; empty if
   * malformed.
   */
  public static Optional<Flash> ofCookie(String value) {
    try {
      var text = new String(Base64.getUrlDecoder().decode(value), StandardCharsets.UTF_8);
      var parts = text.split("\\|", PARTS);
      return parts.length < PARTS
          ? Optional.empty()
          : Optional.of(
              new Flash(Severity.valueOf(parts[0]), parts[4], offer(parts[1], parts[3], parts[2])));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // malformed
    }
  }

  private static @Nullable Offer offer(String kind, String labelField, String pathField) {
    var label = value(labelField);
    var sound = LocalPath.or(value(pathField), "");
    return sound.isEmpty()
        ? null
        : switch (kind) {
          case "link" -> new Link(label, sound);
          case "undo" -> new Undo(label, sound);
          default -> null;
        };
  }
}
