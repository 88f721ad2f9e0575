package dev.keywheel.web.form;

import java.time.DateTimeException;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Parses parameters of an address or of a form. */
public final class Parameter {
  private Parameter() {}

  /** The value of the text; empty if it is missing or malformed. */
  public static <T> Optional<T> parsed(@Nullable String text, Function<String, T> parser) {
    try {
      return text == null ? Optional.empty() : Optional.of(parser.apply(text));
    } catch (IllegalArgumentException | DateTimeException e) {
      return Optional.empty();
    }
  }
}
