package dev.keywheel.secret;

import dev.keywheel.problem.Rejected;

/** Thrown by everything that needs the vault while it is shut. */
public final class VaultSealedException extends Rejected {
  private static final long serialVersionUID = 1L;

  public VaultSealedException(VaultState.Sealed sealed) {
    this(sealed.sentence());
  }

  VaultSealedException(String sentence) {
    super(sentence);
  }
}
