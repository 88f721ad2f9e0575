package dev.keywheel.secret;

import dev.keywheel.problem.Rejected;

public final class VaultSealedException extends Rejected {
  private static final long serialVersionUID = 1L;

  public VaultSealedException(VaultState.Sealed sealed) {
    this(sealed.sentence());
  }

  VaultSealedException(String sentence) {
    super(sentence);
  }
}
