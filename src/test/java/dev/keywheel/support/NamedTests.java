package dev.keywheel.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tests named in a document as {@code Class.method_of_the_test}. */
public final class NamedTests {
  private static final Pattern TEST = Pattern.compile("\\b([A-Z]\\w+)\\.([a-z]\\w*_\\w+)");

  private final Map<String, String> sources = sources();

  public static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static boolean areIn(String text) {
    return TEST.matcher(text).find();
  }

  /** The tests that the text names and that do not exist. */
  public List<String> missingFrom(String text) {
    return TEST.matcher(text)
        .results()
        .filter(test -> !exists(test))
        .map(MatchResult::group)
        .toList();
  }

  private boolean exists(MatchResult test) {
    return sources.getOrDefault(test.group(1), "").contains("void " + test.group(2) + "(");
  }

  /** The source of each test class, by its name. */
  private static Map<String, String> sources() {
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.endsWith("package-info.java"))
          .collect(
              Collectors.toMap(
                  file -> file.getFileName().toString().replace(".java", ""),
                  NamedTests::read,
                  (one, other) -> one + other));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
