package dev.keywheel.log;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A line to write. The message is the complete text for users, including its emoji; control
 * characters in it become spaces. It never holds a secret.
 *
 * @param code the event, for filters and tests: {@code keys.found}, {@code op.executing}
 * @param ordinal number of the operation, 1 to 8; null if the line is not about one operation
 * @param data the values in the message, for programs
 */
public record LogLine(
    String code,
    Level level,
    String message,
    @Nullable Integer ordinal,
    @Nullable UUID keyId,
    Map<String, Object> data) {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]");

  public LogLine {
    message = CONTROL.matcher(message).replaceAll(" ");
    data = Map.copyOf(data);
  }

  public static LogLine info(String code, String message) {
    return new LogLine(code, Level.INFO, message, null, null, Map.of());
  }

  public static LogLine warn(String code, String message) {
    return new LogLine(code, Level.WARN, message, null, null, Map.of());
  }

  public static LogLine error(String code, String message) {
    return new LogLine(code, Level.ERROR, message, null, null, Map.of());
  }

  /** A time as it appears in messages, in UTC. */
  public static String time(Instant at) {
    return TIME.format(at);
  }

  /** The same line, assigned to an operation. */
  public LogLine withOperation(int operation) {
    return new LogLine(code, level, message, operation, keyId, data);
  }

  /** The same line, assigned to an operation and the key that it used. */
  public LogLine withOperation(int operation, UUID key) {
    return new LogLine(code, level, message, operation, key, data);
  }

  /** The same line, assigned to a key. */
  public LogLine about(UUID key) {
    return new LogLine(code, level, message, ordinal, key, data);
  }

  /** The same line with one more value for programs. */
  public LogLine with(String name, Object value) {
    var more = new LinkedHashMap<>(data);
    more.put(name, value);
    return new LogLine(code, level, message, ordinal, keyId, more);
  }
}
