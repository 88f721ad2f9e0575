package dev.keywheel.gateway.token;

import dev.keywheel.db.Database;
import dev.keywheel.gateway.token.TokenVerdict.Accepted;
import dev.keywheel.gateway.token.TokenVerdict.NotAllowed;
import dev.keywheel.gateway.token.TokenVerdict.Throttled;
import dev.keywheel.gateway.token.TokenVerdict.Unauthorized;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.secret.Secret;
import dev.keywheel.time.LruMap;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Decides whether a token may be used for a request. */
final class TokenVerification {
  private static final int MAX_KNOWN = 10_000;

  private final Database database;
  private final Audit audit;
  private final Function<Secret, byte[]> hashing;
  private final FailedTokens failures = new FailedTokens();
  private final FailedTokens notAllowed = new FailedTokens();

  /**
   * Tokens that this node read from the database, by the hash of their secret. They may have
   * changed since then: the transaction that assigns the key compares the revision.
   */
  private final Map<ByteBuffer, TokenRepository.StoredToken> known =
      Collections.synchronizedMap(new LruMap<>(MAX_KNOWN));

  /**
   * @param hashing the hash under which a secret is stored
   */
  TokenVerification(Database database, Audit audit, Function<Secret, byte[]> hashing) {
    this.database = database;
    this.audit = audit;
    this.hashing = hashing;
  }

  /** Uses the token in the cache if it is still accepted; otherwise reads the database. */
  TokenVerdict verifyKnown(
      @Nullable String presented, String address, GatewayOperation operation, Instant now) {
    return Database.answeredSoon(
        () ->
            verify(
                presented,
                address,
                operation,
                now,
                hash ->
                    Optional.ofNullable(known.get(ByteBuffer.wrap(hash)))
                        .filter(found -> TokenMessages.accepts(found, address, operation, now))
                        .or(() -> read(hash))));
  }

  /** Verifies a token by reading the database, without the cache. */
  TokenVerdict verify(
      @Nullable String presented, String address, GatewayOperation operation, Instant now) {
    return Database.answeredSoon(() -> verify(presented, address, operation, now, this::read));
  }

  private TokenVerdict verify(
      @Nullable String presented,
      String address,
      GatewayOperation operation,
      Instant now,
      Function<byte[], Optional<TokenRepository.StoredToken>> find) {
    if (presented == null || presented.isBlank()) {
      return new Unauthorized(TokenMessages.MISSING);
    }
    String text = presented.strip();
    if (!TokenFormat.hasShape(text)) {
      return new Unauthorized(TokenMessages.notAToken(text));
    }
    if (!TokenFormat.checksumMatches(text)) {
      return new Unauthorized(TokenMessages.MISTYPED);
    }
    byte[] hash = hashing.apply(Secret.of(text));
    Optional<TokenRepository.StoredToken> found = find.apply(hash);
    Optional<String> refusal =
        found.isEmpty()
            ? Optional.of(TokenMessages.UNKNOWN)
            : TokenMessages.refusal(found.get(), now);
    if (refusal.isPresent()) {
      return refused(address, refusal.get(), now);
    }
    recordUse(found.get(), hash, address, now);
    AccessToken token = found.get().token();
    return TokenMessages.notAllowed(token.scope(), address, operation)
        .<TokenVerdict>map(reason -> new NotAllowed(token, reason, countNotAllowed(address, now)))
        .orElseGet(() -> new Accepted(token));
  }

  /** Counts a refused request. Returns whether to store it: a stolen token may send very many. */
  private boolean countNotAllowed(String address, Instant now) {
    boolean listed = notAllowed.remainingWait(address, now).isEmpty();
    notAllowed.recordFailure(address, now);
    return listed;
  }

  private Optional<TokenRepository.StoredToken> read(byte[] hash) {
    Optional<TokenRepository.StoredToken> found =
        database.read(dsl -> TokenRepository.find(dsl, hash));
    found.ifPresentOrElse(
        token -> known.put(ByteBuffer.wrap(hash), token),
        () -> known.remove(ByteBuffer.wrap(hash)));
    return found;
  }

  private TokenVerdict refused(String address, String reason, Instant now) {
    Optional<Duration> wait = failures.remainingWait(address, now);
    if (wait.isPresent()) {
      return new Throttled(TokenMessages.THROTTLED, wait.get());
    }
    if (failures.recordFailure(address, now)) {
      audit.recordRefusal(
          Optional.empty(),
          "gateway",
          AuditAction.LIMITED_FAILED_ACCESS_TOKENS,
          null,
          Map.of("address", address));
    }
    return new Unauthorized(reason);
  }

  private void recordUse(
      TokenRepository.StoredToken found, byte[] hash, String address, Instant now) {
    Instant last = found.lastUsedAt();
    boolean recorded =
        last != null
            && !last.isAfter(now) // the clock may be set back
            && last.plus(Duration.ofMinutes(1)).isAfter(now);
    if (!recorded) {
      known.put(ByteBuffer.wrap(hash), found.withLastUse(now.truncatedTo(ChronoUnit.MINUTES)));
      database.runTxIfWritable(
          tx -> TokenRepository.recordUse(tx, found.token().id(), address, now));
    }
  }
}
