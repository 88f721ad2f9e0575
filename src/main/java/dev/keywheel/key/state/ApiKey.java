package dev.keywheel.key.state;

import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.secret.Secret;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One provider key without its secret and without its place in the rotation.
 *
 * @param account the provider's account, whose limits apply to all its keys; null while unknown
 * @param prefix the first characters, at most a third of the key
 * @param lastFour the last four characters, fewer for a very short key
 * @param reason null for an active or disabled key
 * @param until when a check of a limited key is due; null for other keys
 * @param limits all limits, for any class of models
 * @param lastLatencyMs latency of the last call or test
 * @param calls finished calls, {@code callsOk} of them with an answer
 * @param tokens prompt and completion tokens together
 * @param cost in US dollars; a cost that the provider did not report counts as zero
 * @param secretVersion raised by each replacement of the secret
 */
public record ApiKey(
    UUID id,
    PoolId pool,
    String name,
    @Nullable String account,
    List<String> tags,
    String prefix,
    String lastFour,
    KeyStatus status,
    @Nullable KeyReason reason,
    @Nullable Instant until,
    Instant statusSince,
    Instant addedAt,
    List<Limit> limits,
    @Nullable Instant lastTestedAt,
    @Nullable Instant lastUsedAt,
    @Nullable Integer lastLatencyMs,
    long calls,
    long callsOk,
    long tokens,
    BigDecimal cost,
    int secretVersion) {

  /** Whether a call to this class of models may use the key now. */
  public boolean usableFor(ModelClass models) {
    return status != KeyStatus.FAILED
        && status != KeyStatus.DISABLED
        && limits.stream().noneMatch(limit -> limit.appliesTo(models));
  }

  /** The account whose limits apply to the key; the id of the key while the account is unknown. */
  public String accountOrId() {
    return Objects.requireNonNullElse(account, id.toString());
  }

  /** The masked secret, such as {@code sk-or-v1-…9f2a}. */
  public String masked() {
    return Secret.masked(prefix, lastFour);
  }
}
