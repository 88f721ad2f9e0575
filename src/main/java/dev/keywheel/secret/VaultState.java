package dev.keywheel.secret;

/** Whether secrets can be sealed and opened at the moment. */
public sealed interface VaultState {

  /** All is well; {@code kekId} is the id of the key-encryption key in use. */
  record Open(String kekId) implements VaultState {}

  /**
   * Sealed mode: pages are up, nothing is written and no key is used.
   *
   * @param neededKekId id of the key-encryption key that opens this database; empty when none was
   *     ever made
   * @param sentence what is wrong and what to do, for the pages and the log
   */
  record Sealed(String neededKekId, String sentence) implements VaultState {}
}
