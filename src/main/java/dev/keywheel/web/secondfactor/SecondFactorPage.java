package dev.keywheel.web.secondfactor;

import dev.keywheel.people.factor.FactorStatus;
import dev.keywheel.people.factor.RecoveryCodeRepository;
import dev.keywheel.web.form.Fields;

/**
 * The second factors of the signed-in user.
 *
 * @param required whether the user can do nothing else until a second factor is set up
 */
public record SecondFactorPage(
    FactorStatus status, String passkeyHost, boolean required, Fields fields) {
  public int codes() {
    return RecoveryCodeRepository.CODES;
  }

  /** What the removal of a factor also ends, if it is the last one; otherwise empty. */
  public String lastFactor() {
    return (status.app() ? 1 : 0) + status.passkeys().size() > 1
        ? ""
        : " It is your last second factor: your recovery codes stop working, and your password alone"
            + " signs you in.";
  }

  public boolean fewCodes() {
    return status.any() && status.codesLeft() <= RecoveryCodeRepository.FEW;
  }
}
