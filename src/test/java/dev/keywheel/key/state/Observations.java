package dev.keywheel.key.state;

import dev.keywheel.provider.CallMetadata;
import dev.keywheel.provider.CallOutcome;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.KeyInfo;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.limit.InconclusiveReason;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.provider.limit.ObservedLimit;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Observations of calls and checks, each of which took 100 ms. */
public final class Observations {
  static final int MS = 100;

  private Observations() {}

  static Evidence evidence(Instant at, String rule, @Nullable Integer status) {
    return new Evidence(at, "chat", status, rule, "seen", Map.of(), null);
  }

  public static CallMetadata metadata(Instant at, String rule, @Nullable Integer status) {
    return new CallMetadata(evidence(at, rule, status), MS, Usage.NONE, new byte[0]);
  }

  public static CallOutcome answer(Instant at) {
    return new CallOutcome.Answer("text", false, "stop", null, "m", metadata(at, "R1", 200));
  }

  public static CallOutcome limited(
      Instant at,
      LimitScope limitScope,
      LimitClass models,
      KeyReason reason,
      @Nullable Instant until) {
    return new CallOutcome.KeyLimited(
        new ObservedLimit(limitScope, models, reason, until), null, metadata(at, "R15", 429));
  }

  public static CallOutcome bare(Instant at) {
    return new CallOutcome.KeyLimited(
        new ObservedLimit(LimitScope.KEY, LimitClass.ALL, KeyReason.RATE, null),
        null,
        metadata(at, "R18 bare 429", 429));
  }

  public static CheckOutcome.Accepted good(Instant at, KeyInfo facts) {
    return new CheckOutcome.Accepted(facts, evidence(at, "check", 200), MS);
  }

  public static CheckOutcome refused(Instant at) {
    return new CheckOutcome.Unauthorized(evidence(at, "R2", 401), MS);
  }

  public static CheckOutcome inconclusive(Instant at) {
    return new CheckOutcome.Inconclusive(
        InconclusiveReason.UNEXPECTED, null, evidence(at, "R20", 502), MS);
  }

  public static KeyCheckResult checked(UUID key, CheckOutcome outcome) {
    return new KeyCheckResult(new KeyToTest(key, "key", null, KeyStatus.ACTIVE, 1), outcome);
  }

  public static KeyInfo facts() {
    return facts(null, null);
  }

  public static KeyInfo facts(@Nullable Integer freeLeft, @Nullable String capLeft) {
    return facts(freeLeft, capLeft, false, false, null, null);
  }

  public static KeyInfo facts(
      @Nullable Integer freeLeft,
      @Nullable String capLeft,
      boolean freeTier,
      boolean management,
      @Nullable Instant expires,
      @Nullable String account) {
    return new KeyInfo(
        null,
        account,
        null,
        capLeft == null ? null : new BigDecimal(capLeft),
        null,
        null,
        null,
        freeTier,
        management,
        expires,
        null,
        freeLeft);
  }
}
