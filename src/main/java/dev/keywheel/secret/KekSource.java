package dev.keywheel.secret;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Source of the key-encryption key, read on each use so that a changed file needs no restart. With
 * several keys, one per line, the first wraps and all of them unwrap; this makes key rotation safe
 * at every step.
 */
public interface KekSource {

  /**
   * The keys: the current key first, then the keys kept for older data; empty if there is no
   * current key. Throws {@link IllegalArgumentException} with a readable message if the content is
   * malformed or the file is open to other accounts.
   */
  List<Kek> read();

  /** Display name of the source: a variable or a file. */
  String name();

  /** Whether Keywheel manages the key here and may create, replace and delete it. */
  default boolean managed() {
    return false;
  }

  /** Replaces the current keys atomically. Supported only if {@link #managed}. */
  default void write(List<Kek> keys) {
    throw new UnsupportedOperationException(
        name() + " is managed by the operator, not by Keywheel");
  }

  /** Keeps a key that is about to be replaced. Supported only if {@link #managed}. */
  default void retire(Kek key) {
    throw new UnsupportedOperationException(
        name() + " is managed by the operator, not by Keywheel");
  }

  /** The ids of the kept keys, and the times at which they were retired. */
  default Map<String, Instant> retired() {
    return Map.of();
  }

  /** Deletes a kept key. Does nothing unless {@link #managed}. */
  default void delete(String kekId) {}

  /** Why Keywheel must not start with this source; empty if it may start. */
  default Optional<String> refusal() {
    try {
      read();
      return Optional.empty();
    } catch (KekFilePermissions.Exposed e) {
      return Optional.of("The key-encryption key " + e.getMessage());
    } catch (IllegalArgumentException malformed) {
      return Optional.empty(); // starts sealed, and the pages say why
    }
  }

  /** The value of an environment variable. */
  static KekSource variable(String name, String value) {
    return new KekFormat(() -> name, () -> value);
  }

  /** The file of {@code KEYWHEEL_KEK_FILE}, which the operator provides. */
  static KekSource file(Path file) {
    return KekFormat.of(file);
  }

  /** A file that Keywheel makes on its first start, readable by its owner only. */
  static KekSource managedFile(Path file) {
    return new KekFileStore(file);
  }
}
