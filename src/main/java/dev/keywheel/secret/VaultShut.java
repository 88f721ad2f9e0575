package dev.keywheel.secret;

import dev.keywheel.problem.Refused;

/** Thrown by everything that needs the vault while it is shut. */
public final class VaultShut extends Refused {
  private static final long serialVersionUID = 1L;

  public VaultShut(VaultState.Shut shut) {
    this(shut.sentence());
  }

  VaultShut(String sentence) {
    super(sentence);
  }
}
