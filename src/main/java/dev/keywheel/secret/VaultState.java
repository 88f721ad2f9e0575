package dev.keywheel.secret;

/** Whether secrets can be sealed and opened. */
public sealed interface VaultState {

  /** Ready; {@code kekId} is the id of the key-encryption key in use. */
  record Open(String kekId) implements VaultState {}

  /**
   * Sealed mode: pages are served, nothing is written and no key is used.
   *
   * @param neededKekId id of the key-encryption key that this database needs; empty if it has none
   * @param sentence the problem and its remedy, for pages and the log
   */
  record Sealed(String neededKekId, String sentence) implements VaultState {}
}
