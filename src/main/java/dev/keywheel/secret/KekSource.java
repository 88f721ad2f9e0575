package dev.keywheel.secret;

import java.nio.file.Path;
import java.util.List;

/**
 * Source of the key-encryption key, read on each use so that a changed file needs no restart. With
 * several keys, one per line, the first wraps and all of them unwrap; this makes key rotation safe
 * at every step.
 */
public interface KekSource {

  /**
   * The keys, current one first; empty if there are none. Throws {@link IllegalArgumentException}
   * with a readable message if the content is malformed.
   */
  List<Kek> read();

  /** Display name of the source: a variable or a file. */
  String name();

  /** Whether Keywheel manages the key here and may create and replace it. */
  boolean ours();

  /** Replaces the keys atomically. Only if {@link #ours}. */
  void write(List<Kek> keys);

  /** The value of an environment variable. */
  static KekSource variable(String name, String value) {
    return new KekFormat(name, () -> value);
  }

  /** A file that the operator provides, for instance a mounted secret. */
  static KekSource file(String variable, Path file) {
    return KekFormat.of(variable + " (" + file + ")", file);
  }

  /** A file that Keywheel makes on its first start, readable by its owner only. */
  static KekSource kept(Path file) {
    return new KekFileStore(file);
  }

  /** No source: the vault stays sealed. */
  static KekSource none() {
    return new KekFormat("KEYWHEEL_KEK_FILE or KEYWHEEL_KEK", () -> "");
  }
}
