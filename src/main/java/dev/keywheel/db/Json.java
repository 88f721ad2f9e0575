package dev.keywheel.db;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jooq.JSONB;

/** The shared JSON mapper: ISO times, unknown fields ignored, no type names in the data. */
public final class Json {
  public static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(new JavaTimeModule().addDeserializer(Instant.class, new InstantReader()))
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private static final ObjectWriter SORTED =
      MAPPER.writer(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

  /** Matches the escape of NUL, but not an escaped backslash that {@code u0000} follows. */
  private static final Pattern NUL = Pattern.compile("(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000");

  private Json() {}

  /** The value as jsonb, without NUL characters, which PostgreSQL rejects in text. */
  public static JSONB jsonb(Object value) {
    return jsonb(MAPPER, value);
  }

  /** Like {@link #jsonb(Object)}, but serialized by the given mapper. */
  static JSONB jsonb(JsonMapper mapper, Object value) {
    String text = text(mapper.writer(), value);
    boolean clean = !text.contains("\\u0000"); // the pattern is slow on a long text
    return JSONB.valueOf(clean ? text : NUL.matcher(text).replaceAll("$1"));
  }

  public static String text(Object value) {
    return text(MAPPER.writer(), value);
  }

  /**
   * Like {@link #text(Object)}, with the entries of maps in the order of their keys, so that equal
   * maps have equal texts. The keys must be comparable.
   */
  public static String sortedText(Object value) {
    return text(SORTED, value);
  }

  private static String text(ObjectWriter writer, Object value) {
    try {
      return writer.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static <T> T read(JSONB json, Class<T> type) {
    return read(json.data(), type);
  }

  public static <T> T read(String json, Class<T> type) {
    return read(json, MAPPER.constructType(type));
  }

  public static <T> T read(String json, TypeReference<T> type) {
    return read(json, MAPPER.constructType(type));
  }

  private static <T> T read(String json, JavaType type) {
    try {
      return MAPPER.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
