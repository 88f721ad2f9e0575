package dev.keywheel.db;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

public final class TextResource {
  private TextResource() {}

  /**
   * @param path path from the root of the class path, such as {@code prompts/tool.txt}
   */
  public static String read(String path) {
    try (var in = TextResource.class.getResourceAsStream("/" + path)) {
      if (in == null) {
        throw new IllegalStateException("The resource " + path + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
