package dev.keywheel.key.imports;

import org.jspecify.annotations.Nullable;

/**
 * One line of a paste, taken apart.
 *
 * @param line its number, from 1
 * @param name as written; empty when the line gives none
 * @param clear the secret; empty when it could not be told apart
 * @param problem a sentence, when the line cannot be a key
 */
record ParsedKey(
    int line, String name, String clear, @Nullable String account, @Nullable String problem) {

  static ParsedKey bad(int line, String name, String clear, String problem) {
    return new ParsedKey(line, name, clear, null, problem);
  }

  ParsedKey named(String other) {
    return new ParsedKey(line, other, clear, account, problem);
  }

  @Override
  public String toString() {
    return "line " + line;
  }
}
