package dev.keywheel.secret;

/** Whether the vault is open, so that secrets can be encrypted and decrypted, or sealed. */
public sealed interface VaultState {

  /** Ready; {@code kekId} is the id of the key-encryption key in use. */
  record Open(String kekId) implements VaultState {}

  /**
   * Sealed mode: pages are served, no API key is used, and nothing but sign-ins and sign-outs is
   * written.
   *
   * @param neededKekId id of the key-encryption key that this database needs; empty if it is not
   *     known or none is needed
   * @param sentence the problem and its remedy, for pages and the log
   */
  record Sealed(String neededKekId, String sentence) implements VaultState {}
}
