package dev.keywheel.secret;

import java.nio.file.Path;
import java.util.List;

/**
 * Where the key-encryption key comes from. Read again each time it is needed, so that a changed
 * file counts without a restart. Several keys, one a line, are allowed: the first is the one to
 * wrap with, the others still open what they once wrapped. That is what makes a change of the key
 * safe at every moment.
 */
public interface KekSource {

  /**
   * The keys, the current one first; empty when there is none. Throws {@link
   * IllegalArgumentException} with a sentence when what is there cannot be read.
   */
  List<Kek> read();

  /** What a person calls this place: a variable or a file. */
  String name();

  /** Whether Keywheel itself keeps the key here and may make and change it. */
  boolean ours();

  /** Replaces the keys, all or nothing. Only where {@link #ours}. */
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

  /** No source at all: the vault stays shut. */
  static KekSource none() {
    return new KekFormat("KEYWHEEL_KEK_FILE or KEYWHEEL_KEK", () -> "");
  }
}
