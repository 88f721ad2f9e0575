package dev.keywheel.gateway.stream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.provider.http.LenientJson;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/** References that a later request can continue from: response id and encrypted reasoning. */
final class ResponseReferences {
  private static final int MAX_REFERENCES = 50;
  private static final int MAX_LENGTH = 256 << 10;

  private ResponseReferences() {}

  /** The encrypted reasoning of an item of the output; empty if there is none or it is too long. */
  static Stream<String> of(JsonNode item) {
    return Stream.of(LenientJson.text(item, "encrypted_content"))
        .filter(text -> !text.isEmpty() && text.length() <= MAX_LENGTH);
  }

  static List<String> with(String id, Collection<String> reasoning) {
    return Stream.concat(Stream.of(id), reasoning.stream())
        .filter(text -> !text.isEmpty())
        .limit(MAX_REFERENCES)
        .toList();
  }
}
