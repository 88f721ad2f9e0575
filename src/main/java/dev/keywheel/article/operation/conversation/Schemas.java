package dev.keywheel.article.operation.conversation;

import dev.keywheel.db.TextResource;

/** The JSON schemas of requests, from {@code prompts/}. */
public final class Schemas {
  private Schemas() {}

  /** The schema with this name, which is the file name without {@code .schema.json}. */
  public static String text(String name) {
    return TextResource.read("prompts/" + name + ".schema.json").strip();
  }
}
