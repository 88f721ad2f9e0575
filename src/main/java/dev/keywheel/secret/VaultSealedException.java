package dev.keywheel.secret;

import dev.keywheel.problem.Rejected;

/** A request that needs the vault while it is sealed. The message says how to unseal it. */
public final class VaultSealedException extends Rejected {
  private static final long serialVersionUID = 1L;

  public VaultSealedException(VaultState.Sealed sealed) {
    this(sealed.sentence());
  }

  VaultSealedException(String sentence) {
    super(sentence);
  }
}
