package dev.keywheel.secret;

import dev.keywheel.problem.Refused;

/** Thrown by everything that needs the vault while it is shut. */
public final class VaultShut extends Refused {
  private static final long serialVersionUID = 1L;

  VaultShut(String sentence) {
    super(sentence);
  }
}
