package dev.keywheel.article.operation.conversation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The JSON schemas that go out with a request, from {@code prompts/}. */
public final class Schemas {
  private Schemas() {}

  public static String text(String name) {
    try (var in = Schemas.class.getResourceAsStream("/prompts/" + name + ".schema.json")) {
      if (in == null) {
        throw new IllegalStateException("prompts/" + name + ".schema.json is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
