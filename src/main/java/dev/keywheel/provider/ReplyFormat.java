package dev.keywheel.provider;

/** The form in which a chat answer is asked for. */
public sealed interface ReplyFormat {

  /** Free text; nothing is asked of the upstream. */
  record Text() implements ReplyFormat {}

  /** Any one JSON object. */
  record JsonObject() implements ReplyFormat {}

  /**
   * JSON that follows a schema, strictly; only upstreams that promise it are used.
   *
   * @param name of the schema, at most 64 characters
   * @param schema the JSON Schema as JSON text
   */
  record JsonSchema(String name, String schema) implements ReplyFormat {}
}
