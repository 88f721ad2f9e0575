package dev.keywheel.gateway.token;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.db.query.Sql;
import dev.keywheel.gateway.token.TokenDetail.SecretInfo;
import dev.keywheel.gateway.token.TokenVerdict.Accepted;
import dev.keywheel.gateway.token.TokenVerdict.NotAllowed;
import dev.keywheel.gateway.token.TokenVerdict.Throttled;
import dev.keywheel.gateway.token.TokenVerdict.Unauthorized;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.VaultSealedException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Checks and manages the access tokens of all workspaces. A secret is shown once, when it is
 * created; the database stores its HMAC under a key of the vault.
 */
public final class AccessTokens {
  /** Maximum time that the old secret stays valid after a rotation. */
  static final Duration LONGEST_GRACE = Duration.ofDays(30);

  private static final int PREFIX_SHOWN = 8;
  private static final int END_SHOWN = 4;
  private static final UUID NO_WORKSPACE = new UUID(0, 0);

  private final Database database;
  private final Vault vault;
  private final Audit audit;
  private final Ids ids;
  private final SecureRandom random;
  private final InstantSource clock;
  private final FailedTokens failures = new FailedTokens();
  private final KnownTokens known = new KnownTokens();

  public AccessTokens(
      Database database,
      Vault vault,
      Audit audit,
      Ids ids,
      SecureRandom random,
      InstantSource clock) {
    this.database = database;
    this.vault = vault;
    this.audit = audit;
    this.ids = ids;
    this.random = random;
    this.clock = clock;
  }

  /**
   * Like {@link #verify}, but uses a token that this node remembers, if that is still accepted. The
   * caller must compare its revision with {@link GatewayRevision} in the transaction that assigns
   * the key.
   */
  public TokenVerdict verifyKnown(
      @Nullable String presented, String address, GatewayOperation operation, Instant now) {
    return verify(
        presented,
        address,
        operation,
        now,
        hash ->
            known
                .get(hash)
                .filter(found -> TokenMessages.accepts(found, address, operation, now))
                .or(() -> read(hash)));
  }

  /**
   * Decides whether a token may be used for a request. Reads the database, so that a revoked token
   * is refused at once on all nodes.
   *
   * @param presented the credential of the request; null or empty if there is none
   * @param address the IP address of the client
   * @throws VaultSealedException while the vault is sealed
   */
  public TokenVerdict verify(
      @Nullable String presented, String address, GatewayOperation operation, Instant now) {
    return verify(presented, address, operation, now, this::read);
  }

  private TokenVerdict verify(
      @Nullable String presented,
      String address,
      GatewayOperation operation,
      Instant now,
      Function<byte[], Optional<TokenRepository.Found>> find) {
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
    byte[] hash = hash(Secret.of(text));
    Optional<TokenRepository.Found> found = find.apply(hash);
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
        .<TokenVerdict>map(NotAllowed::new)
        .orElseGet(() -> new Accepted(token));
  }

  private Optional<TokenRepository.Found> read(byte[] hash) {
    Optional<TokenRepository.Found> found = database.read(dsl -> TokenRepository.find(dsl, hash));
    found.ifPresentOrElse(token -> known.put(hash, token), () -> known.remove(hash));
    return found;
  }

  /**
   * SQL for those of the given secrets that are no longer valid, because they were rotated, their
   * token was revoked or has expired, or its workspace is archived.
   */
  public static Sql ended(Set<UUID> secrets, Instant now) {
    return TokenRepository.ended(secrets, now);
  }

  private TokenVerdict refused(String address, String reason, Instant now) {
    Optional<Duration> wait = failures.wait(address, now);
    if (wait.isPresent()) {
      return new Throttled(TokenMessages.THROTTLED, wait.get());
    }
    if (failures.failed(address, now)) {
      audit.recordRefusal(
          Optional.empty(),
          "gateway",
          AuditAction.LIMITED_FAILED_ACCESS_TOKENS,
          null,
          Map.of("address", address));
    }
    return new Unauthorized(reason);
  }

  private void recordUse(TokenRepository.Found found, byte[] hash, String address, Instant now) {
    Instant last = found.lastUsedAt();
    if (last == null || !last.plus(Duration.ofMinutes(1)).isAfter(now)) {
      known.put(hash, found.usedAt(now.truncatedTo(ChronoUnit.MINUTES)));
      database.runTxIfWritable(tx -> TokenRepository.used(tx, found.token().id(), address, now));
    }
  }

  /**
   * Creates a token with its first secret.
   *
   * @throws Conflict if another token that is not revoked has this name
   */
  public IssuedToken create(Principal by, TokenSettings settings) {
    return database.inTx(
        tx -> {
          UUID id = ids.next();
          TokenSettings checked = TokenRules.checked(settings, null, clock.instant());
          if (!TokenRepository.insert(
              tx, by.workspaceId(), id, checked, by.email(), clock.instant())) {
            throw taken(checked.name());
          }
          IssuedToken issued = issue(tx, id);
          audit.record(
              tx,
              by,
              AuditAction.CREATED_ACCESS_TOKEN,
              checked.name(),
              TokenRules.details(checked));
          return issued;
        });
  }

  /** Changes the settings of a token, but not its secret. */
  public void change(Principal by, UUID id, TokenSettings settings) {
    database.runTx(
        tx -> {
          TokenSettings before = active(tx, by, id).settings();
          TokenSettings after =
              TokenRules.checked(settings, before.scope().expiresAt(), clock.instant());
          if (TokenRepository.nameTaken(tx, by.workspaceId(), id, after.name())) {
            throw taken(after.name());
          }
          if (!before.equals(after)) {
            TokenRepository.update(tx, id, after);
            audit.record(
                tx, by, AuditAction.CHANGED_ACCESS_TOKEN, before.name(), TokenRules.details(after));
          }
        });
  }

  /**
   * Creates a new secret for a token.
   *
   * @param grace how long the old secret stays valid, up to 30 days; zero ends it at once
   */
  public IssuedToken rotate(Principal by, UUID id, Duration grace) {
    if (grace.isNegative() || grace.compareTo(LONGEST_GRACE) > 0) {
      throw new Rejected("grace", "The old secret can stay valid for up to 30 days.");
    }
    return database.inTx(
        tx -> {
          TokenDetail token = active(tx, by, id);
          TokenRepository.endSecrets(tx, id, clock.instant().plus(grace));
          IssuedToken issued = issue(tx, id);
          audit.record(
              tx,
              by,
              AuditAction.ROTATED_ACCESS_TOKEN,
              token.settings().name(),
              Map.of("old secret valid for", TokenRules.text(grace)));
          return issued;
        });
  }

  /** Revokes a token: all its secrets are refused from now on. */
  public void revoke(Principal by, UUID id) {
    database.runTx(
        tx -> {
          TokenDetail token = active(tx, by, id);
          TokenRepository.revoke(tx, id, clock.instant());
          TokenRepository.endSecrets(tx, id, clock.instant());
          audit.record(tx, by, AuditAction.REVOKED_ACCESS_TOKEN, token.settings().name(), Map.of());
        });
  }

  /** All tokens of the workspace, including revoked ones, newest first. */
  public List<TokenDetail> of(UUID workspace) {
    return database.read(dsl -> TokenRepository.all(dsl, workspace));
  }

  /**
   * @throws NotFound also for a token of another workspace
   */
  public TokenDetail get(UUID workspace, UUID id) {
    return database
        .read(dsl -> TokenRepository.find(dsl, workspace, id))
        .orElseThrow(AccessTokens::unknown);
  }

  private IssuedToken issue(Tx tx, UUID token) {
    String text = TokenFormat.make(random);
    Secret secret = Secret.of(text);
    var info =
        new SecretInfo(
            text.substring(0, PREFIX_SHOWN),
            text.substring(text.length() - END_SHOWN),
            clock.instant(),
            null);
    TokenRepository.addSecret(tx, token, hash(secret), info);
    return new IssuedToken(token, secret);
  }

  private byte[] hash(Secret secret) {
    return vault.fingerprint(NO_WORKSPACE, "access token", secret);
  }

  private static TokenDetail active(Tx tx, Principal by, UUID id) {
    TokenDetail token =
        TokenRepository.lock(tx, by.workspaceId(), id).orElseThrow(AccessTokens::unknown);
    if (token.revokedAt() != null) {
      throw new Conflict("Revoked", "This token was revoked. Create a new one.");
    }
    return token;
  }

  private static Conflict taken(String name) {
    return new Conflict(
        "Already exists", "There is already a token named " + name + ". Choose another name.");
  }

  private static NotFound unknown() {
    return new NotFound("There is no such access token.");
  }
}
