package dev.keywheel.sandbox;

import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * What a caller wants, told by the first line of its system message: {@code Operation: {name}
 * ({ordinal} of 8)}.
 *
 * <p>The seconds are what the same work takes on a large hosted model; {@link Latency} scales them.
 */
enum Operation {
  PLAN("Meta & Toc Generator", 8),
  TOOL("Tool Generator", 25),
  VALIDATION("Tool Validator", 20),
  GUIDE("Guide Generator", 12),
  SECTION_1("Section 1 Generator", 30),
  SECTION_2("Section 2 Generator", 30),
  FAQ("FAQ Generator", 12),
  IMAGE("Image Generation", 15),
  /** A completion of no operation, such as the deep test of a key. */
  OTHER("Completion", 4),
  /** {@code GET /key}, {@code /credits}, {@code /generation}: the account's own endpoints. */
  ACCOUNT("Key check", 2);

  private static final Pattern FIRST_LINE =
      Pattern.compile("\\s*Operation:\\s*(.+?)\\s*\\(\\d+ of \\d+\\)\\s*");

  private final String title;
  private final int seconds;

  Operation(String title, int seconds) {
    this.title = title;
    this.seconds = seconds;
  }

  String title() {
    return title;
  }

  Duration nominal() {
    return Duration.ofSeconds(seconds);
  }

  static Operation named(String title) {
    return Arrays.stream(values()).filter(o -> o.title.equals(title)).findFirst().orElse(OTHER);
  }

  static Operation of(String systemMessage) {
    var line = FIRST_LINE.matcher(systemMessage.lines().findFirst().orElse(""));
    return line.matches() ? named(line.group(1)) : OTHER;
  }
}
