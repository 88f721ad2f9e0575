package dev.keywheel.secret;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Parses keys from text, separated by line breaks or commas; ignores blank parts and parts that
 * start with #.
 */
record KekFormat(String name, Supplier<String> text) implements KekSource {

  static KekFormat of(String name, Path file) {
    return new KekFormat(name, () -> content(file));
  }

  @Override
  public List<Kek> read() {
    try {
      return parse(text.get());
    } catch (IllegalArgumentException e) {
      throw KekFilePermissions.named(name, e);
    }
  }

  static List<Kek> parse(String text) {
    var keys = new ArrayList<Kek>();
    for (String line : text.split("[\\r\\n,]+")) {
      if (!line.isBlank() && !line.strip().startsWith("#")) {
        keys.add(Kek.fromBase64(line));
      }
    }
    return List.copyOf(keys);
  }

  static String content(Path file) {
    try {
      if (!Files.exists(file)) {
        return "";
      }
      KekFilePermissions.check(file);
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot be read: " + e.getClass().getSimpleName(), e);
    }
  }
}
