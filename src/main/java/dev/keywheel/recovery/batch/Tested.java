package dev.keywheel.recovery.batch;

import dev.keywheel.key.state.CheckVerdict;
import dev.keywheel.recovery.store.InconclusiveReason;
import dev.keywheel.recovery.store.KeyToTest;

/** A key and the verdict of its test. */
public record Tested(KeyToTest key, CheckVerdict verdict) {

  /** The account, or the key where its account is unknown. */
  String account() {
    return key.account() == null ? key.keyId().toString() : key.account();
  }

  /** The same test of a provider that refuses every key. */
  public Tested inconclusive() {
    return new Tested(
        key,
        new CheckVerdict.Unknown(
            InconclusiveReason.EVERY_KEY_REFUSED, null, verdict.evidence(), verdict.latencyMs()));
  }
}
