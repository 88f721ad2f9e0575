package dev.keywheel.secret;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A source whose keys are in a text, separated by line breaks or commas. Blank parts, and comments
 * from # to the end of the line, are ignored.
 */
record KekFormat(Supplier<String> title, Supplier<String> text) implements KekSource {
  private static final Pattern COMMENT = Pattern.compile("#[^\\r\\n]*");

  static KekFormat of(Path file) {
    return new KekFormat(
        () ->
            "KEYWHEEL_KEK_FILE ("
                + file
                + (Files.notExists(file) ? "; this file does not exist)" : ")"),
        () -> content(file));
  }

  @Override
  public String name() {
    return title.get();
  }

  @Override
  public List<Kek> read() {
    try {
      return parse(text.get());
    } catch (IllegalArgumentException e) {
      throw KekFilePermissions.withSource(name(), e);
    }
  }

  static List<Kek> parse(String text) {
    var parts = COMMENT.matcher(text).replaceAll("").split("[\\r\\n,]+");
    return Stream.of(parts).filter(part -> !part.isBlank()).map(Kek::fromBase64).toList();
  }

  static String content(Path file) {
    try {
      if (Files.notExists(file)) {
        return "";
      }
      KekFilePermissions.check(file);
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot be read: " + e.getClass().getSimpleName(), e);
    }
  }
}
