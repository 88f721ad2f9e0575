package dev.keywheel.secret;

import dev.keywheel.problem.Rejected;

/** Rejects a request that needs the vault while it is sealed. The message says how to unseal it. */
public final class VaultSealedException extends Rejected {
  private final boolean damaged;

  public VaultSealedException(VaultState.Sealed sealed) {
    this(sealed.sentence());
  }

  VaultSealedException(String sentence) {
    this(sentence, false);
  }

  VaultSealedException(String sentence, boolean damaged) {
    super(sentence);
    this.damaged = damaged;
  }

  /** Whether a data key in the database was changed, so that no node can read it. */
  public boolean damaged() {
    return damaged;
  }
}
