package dev.keywheel.provider;

/** The requested format of a chat answer. */
public sealed interface ReplyFormat {

  record Text() implements ReplyFormat {}

  /** Any JSON object. */
  record JsonObject() implements ReplyFormat {}

  /**
   * JSON that strictly follows a schema; only upstreams that support schemas are used.
   *
   * @param name the name of the schema, at most 64 characters
   * @param schema the JSON Schema as JSON text
   */
  record JsonSchema(String name, String schema) implements ReplyFormat {}
}
