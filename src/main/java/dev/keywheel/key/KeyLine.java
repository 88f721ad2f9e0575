package dev.keywheel.key;

import org.jspecify.annotations.Nullable;

/**
 * One line of a paste, taken apart.
 *
 * @param line its number, from 1
 * @param name as written; empty when the line gives none
 * @param clear the secret; empty when it could not be told apart
 * @param problem a sentence, when the line cannot be a key
 */
record KeyLine(
    int line, String name, String clear, @Nullable String account, @Nullable String problem) {

  static KeyLine bad(int line, String name, String clear, String problem) {
    return new KeyLine(line, name, clear, null, problem);
  }

  KeyLine named(String other) {
    return new KeyLine(line, other, clear, account, problem);
  }

  @Override
  public String toString() {
    return "line " + line;
  }
}
