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

  public boolean fewCodes() {
    return status.any() && status.codesLeft() <= RecoveryCodeRepository.FEW;
  }
}
