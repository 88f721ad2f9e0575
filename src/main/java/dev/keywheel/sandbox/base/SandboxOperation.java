package dev.keywheel.sandbox.base;

import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * The operation of a request, from the first line of its system message: {@code Operation: {name}
 * ({ordinal} of 8)}.
 *
 * <p>Each operation has the number of seconds that a large hosted model takes for it.
 */
public enum SandboxOperation {
  PLAN("Meta & Toc Generator", 8),
  TOOL("Tool Generator", 25),
  VALIDATION("Tool Validator", 20),
  GUIDE("Guide Generator", 12),
  SECTION_1("Section 1 Generator", 30),
  SECTION_2("Section 2 Generator", 30),
  FAQ("FAQ Generator", 12),
  IMAGE("Image Generation", 15),
  /** A completion outside the operations, such as the deep test of a key. */
  OTHER("Completion", 4),
  /** {@code GET /key}, {@code /credits}, {@code /generation}: the account's own endpoints. */
  ACCOUNT("Key check", 2);

  private static final Pattern FIRST_LINE =
      Pattern.compile("\\s*Operation:\\s*(.+?)\\s*\\(\\d+ of \\d+\\)\\s*");

  private final String title;
  private final int seconds;

  SandboxOperation(String title, int seconds) {
    this.title = title;
    this.seconds = seconds;
  }

  public String title() {
    return title;
  }

  /** The time that a large hosted model takes. */
  public Duration nominalDuration() {
    return Duration.ofSeconds(seconds);
  }

  /** The operation with this title; {@link #OTHER} for an unknown title. */
  public static SandboxOperation named(String title) {
    return Arrays.stream(values()).filter(o -> o.title.equals(title)).findFirst().orElse(OTHER);
  }

  static SandboxOperation of(String systemMessage) {
    var line = FIRST_LINE.matcher(systemMessage.lines().findFirst().orElse(""));
    return line.matches() ? named(line.group(1)) : OTHER;
  }
}
