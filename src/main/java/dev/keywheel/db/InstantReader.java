package dev.keywheel.db;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.datatype.jsr310.deser.InstantDeserializer;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * Reads instants in the form in which {@link Json} writes them, and leaves other forms to Jackson.
 * Jackson's own parser took most of the time and memory needed to read a small value.
 */
final class InstantReader extends StdScalarDeserializer<Instant> {
  /** Each zero is the place of a digit; the fraction may be shorter or missing. */
  private static final String FORM = "0000-00-00T00:00:00.000000000";

  private static final int SECONDS_END = 19;

  InstantReader() {
    super(Instant.class);
  }

  @Override
  public Instant deserialize(JsonParser parser, DeserializationContext context) throws IOException {
    Instant instant = parser.hasToken(JsonToken.VALUE_STRING) ? of(parser.getText()) : null;
    return instant != null ? instant : InstantDeserializer.INSTANT.deserialize(parser, context);
  }

  /** Parses the text; null if it has another form or is not a valid time. */
  static @Nullable Instant of(String text) {
    int end = text.length() - 1;
    if (!hasForm(text, end)) {
      return null;
    }
    long hour = number(text, 11, 13);
    long minute = number(text, 14, 16);
    long second = number(text, 17, SECONDS_END);
    if (hour > 23 || minute > 59 || second > 59) {
      return null;
    }
    try {
      var day = LocalDate.of(number(text, 0, 4), number(text, 5, 7), number(text, 8, 10));
      return Instant.ofEpochSecond(
          ((day.toEpochDay() * 24 + hour) * 60 + minute) * 60 + second, nanos(text, end));
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static boolean hasForm(String text, int end) {
    if (end < SECONDS_END || end > FORM.length() || end == 20 || text.charAt(end) != 'Z') {
      return false;
    }
    for (int i = 0; i < end; i++) {
      char is = text.charAt(i);
      if (FORM.charAt(i) == '0' ? is < '0' || is > '9' : is != FORM.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int nanos(String text, int end) {
    int nanos = end == SECONDS_END ? 0 : number(text, SECONDS_END + 1, end);
    for (int i = end; i < FORM.length(); i++) {
      nanos *= 10;
    }
    return nanos;
  }

  private static int number(String text, int from, int to) {
    return Integer.parseInt(text, from, to, 10);
  }
}
