package dev.keywheel.key.imports;

import org.jspecify.annotations.Nullable;

/**
 * A key of an import, as parsed.
 *
 * @param line 1-based line of the text
 * @param name as written; empty when the line has none
 * @param clear the secret; empty when it could not be determined
 * @param problem why this cannot be a key; null when it can
 */
record ParsedKey(
    int line, String name, String clear, @Nullable String account, @Nullable String problem) {

  static ParsedKey invalid(int line, String name, String problem) {
    return new ParsedKey(line, name, "", null, problem);
  }

  ParsedKey named(String other) {
    return new ParsedKey(line, other, clear, account, problem);
  }

  ParsedKey refused(String why) {
    return new ParsedKey(line, name, clear, account, why);
  }

  ParsedKey ownedBy(String owner) {
    return new ParsedKey(line, name, clear, owner, problem);
  }

  @Override
  public String toString() {
    return "line " + line;
  }
}
