package dev.keywheel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A Java source file, for tests that check the code itself. */
record SourceFile(Path path, String text) {
  static final Path MAIN = Path.of("src/main/java");
  static final Path TEST = Path.of("src/test/java");
  static final Path TABLES = Path.of("src/main/jooq/dev/keywheel/db/schema/tables");

  static List<SourceFile> under(Path root) {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .sorted()
          .map(SourceFile::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SourceFile read(Path path) {
    try {
      return new SourceFile(path, Files.readString(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The file name without its extension. */
  String name() {
    return path.getFileName().toString().replace(".java", "");
  }

  /**
   * The package below {@code dev.keywheel}, for instance {@code web.keys}; empty for {@code
   * dev.keywheel}.
   */
  String packageName() {
    String folder = path.getParent().toString().replace('\\', '/').replace('/', '.');
    String below = folder.substring(folder.indexOf("dev.keywheel") + "dev.keywheel".length());
    return below.startsWith(".") ? below.substring(1) : below;
  }

  /** Package and name, such as {@code key/KeyPool}. */
  String place() {
    return packageName().isEmpty() ? name() : packageName().replace('.', '/') + "/" + name();
  }

  long lines() {
    return text.lines().count();
  }

  /** The text with comments and the contents of string and character literals blanked. */
  String code() {
    var code = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      int end = endOfBlank(at);
      if (end > at) {
        code.append(' ');
        text.substring(at, end).chars().filter(c -> c == '\n').forEach(c -> code.append('\n'));
        at = end;
      } else {
        code.append(text.charAt(at++));
      }
    }
    return code.toString();
  }

  /**
   * The end of the comment or literal that begins at {@code at}; {@code at} itself if none begins
   * there.
   */
  private int endOfBlank(int at) {
    if (text.startsWith("//", at)) {
      return after("\n", at) - 1;
    }
    if (text.startsWith("/*", at)) {
      return after("*/", at + 2);
    }
    if (text.startsWith("\"\"\"", at)) {
      return after("\"\"\"", at + 3);
    }
    return switch (text.charAt(at)) {
      case '"', '\'' -> endOfLiteral(at);
      default -> at;
    };
  }

  private int after(String mark, int from) {
    int found = text.indexOf(mark, from);
    return found < 0 ? text.length() : found + mark.length();
  }

  private int endOfLiteral(int at) {
    int end = at + 1;
    while (end < text.length() && text.charAt(end) != text.charAt(at)) {
      end += text.charAt(end) == '\\' ? 2 : 1;
    }
    return Math.min(text.length(), end + 1);
  }
}
