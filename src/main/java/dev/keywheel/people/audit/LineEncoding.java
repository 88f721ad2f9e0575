package dev.keywheel.people.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.SortedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Encodes the values to be signed: a version, a label, then each value preceded by its length, so
 * that different values never result in the same bytes.
 */
final class LineEncoding {
  private static final int ABSENT = -1;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);

  LineEncoding(int version, String label) {
    out.write(version);
    add(label);
  }

  LineEncoding add(byte @Nullable [] value) {
    out.writeBytes(
        ByteBuffer.allocate(Integer.BYTES).putInt(value == null ? ABSENT : value.length).array());
    if (value != null) {
      out.writeBytes(value);
    }
    return this;
  }

  LineEncoding add(@Nullable String value) {
    return add(value == null ? null : value.getBytes(UTF_8));
  }

  LineEncoding add(@Nullable UUID value) {
    return add(value == null ? null : value.toString());
  }

  LineEncoding add(long value) {
    return add(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
  }

  LineEncoding add(SortedMap<String, String> values) {
    add(values.size());
    for (Map.Entry<String, String> entry : values.entrySet()) {
      add(entry.getKey()).add(entry.getValue());
    }
    return this;
  }

  byte[] bytes() {
    return out.toByteArray();
  }
}
