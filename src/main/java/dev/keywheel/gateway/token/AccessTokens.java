package dev.keywheel.gateway.token;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.db.query.PageRequest;
import dev.keywheel.db.query.Sql;
import dev.keywheel.gateway.token.TokenDetail.SecretInfo;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jspecify.annotations.Nullable;

/**
 * Checks and manages the access tokens of all workspaces. A secret is shown once, when it is
 * created; the database stores its HMAC under a key of the vault.
 */
public final class AccessTokens {
  /** Maximum time that the old secret stays valid after a rotation. */
  static final Duration MAX_GRACE = Duration.ofDays(30);

  private static final int PREFIX_SHOWN = 8;
  private static final int END_SHOWN = 4;
  private static final UUID NO_WORKSPACE = new UUID(0, 0);

  private final Database database;
  private final Vault vault;
  private final Audit audit;
  private final Ids ids;
  private final SecureRandom random;
  private final InstantSource clock;
  private final TokenVerification verification;

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
    this.verification = new TokenVerification(database, audit, this::hash);
  }

  /**
   * Like {@link #verify}, but uses the token in the cache of this node if it is still accepted. The
   * caller must compare {@link AccessToken#revision} with {@link GatewayRevision} in the
   * transaction that assigns the key.
   */
  public TokenVerdict verifyKnown(
      @Nullable String presented, String address, GatewayOperation operation, Instant now) {
    return verification.verifyKnown(presented, address, operation, now);
  }

  /**
   * Decides whether a token may be used for a request. Reads the database, so that a revoked token
   * is refused immediately on all nodes.
   *
   * @param presented the credential of the request; null or empty if there is none
   * @param address the IP address of the client
   * @throws VaultSealedException while the vault is sealed
   */
  public TokenVerdict verify(
      @Nullable String presented, String address, GatewayOperation operation, Instant now) {
    return verification.verify(presented, address, operation, now);
  }

  /**
   * SQL for the given secrets that are no longer valid, because they were rotated, their token was
   * revoked or has expired, or its workspace is archived.
   */
  public static Sql ended(Set<UUID> secrets, Instant now) {
    return TokenRepository.ended(secrets, now);
  }

  /** An id for {@link #create}. */
  public UUID nextId() {
    return ids.next();
  }

  /**
   * Creates a token with its first secret.
   *
   * @param id the same for every submission of one form
   * @throws Conflict if the form was submitted before, or if another token that is not revoked has
   *     this name
   */
  public IssuedToken create(Principal by, UUID id, TokenSettings settings) {
    return database.inTx(
        tx -> {
          TokenSettings checked = TokenRules.validate(settings, null, clock.instant());
          if (!TokenRepository.insert(
              tx, by.workspaceId(), id, checked, by.email(), clock.instant())) {
            throw TokenRepository.find(tx.dsl(), by.workspaceId(), id)
                .map(created -> alreadyCreated(created.settings().name()))
                .orElseGet(() -> taken(checked.name()));
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

  /**
   * Changes the settings of a token, but not its secret.
   *
   * @param seen rejects the change if the user has not seen the current settings
   * @throws Conflict if another token that is not revoked has this name
   */
  public void change(Principal by, UUID id, TokenSettings settings, Consumer<TokenSettings> seen) {
    database.runTx(
        tx -> {
          TokenSettings before = active(tx, by, id).settings();
          seen.accept(before);
          TokenSettings after =
              TokenRules.validate(settings, before.scope().expiresAt(), clock.instant());
          if (!before.equals(after)) {
            update(tx, id, after);
            audit.record(
                tx, by, AuditAction.CHANGED_ACCESS_TOKEN, before.name(), TokenRules.details(after));
          }
        });
  }

  /**
   * Creates a new secret for a token.
   *
   * @param grace how long the old secret stays valid, up to 30 days; zero ends it immediately
   * @param seen rejects the rotation if the user has not seen the current secrets
   */
  public IssuedToken rotate(
      Principal by, UUID id, Duration grace, Consumer<List<SecretInfo>> seen) {
    if (grace.isNegative() || grace.compareTo(MAX_GRACE) > 0) {
      throw new Rejected("grace", "The old secret can stay valid for up to 30 days.");
    }
    return database.inTx(
        tx -> {
          TokenDetail token = active(tx, by, id);
          seen.accept(token.secrets());
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
          TokenRepository.revoke(tx, id, by.email(), clock.instant());
          TokenRepository.endSecrets(tx, id, clock.instant());
          audit.record(tx, by, AuditAction.REVOKED_ACCESS_TOKEN, token.settings().name(), Map.of());
        });
  }

  /** The tokens that were used or created last, including revoked ones, newest first. */
  public List<TokenDetail> latest(UUID workspace, int limit) {
    return database.read(dsl -> TokenSearch.latest(dsl, workspace, limit));
  }

  /**
   * Tokens whose names contain the text, newest first.
   *
   * @param revoked whether revoked tokens are included
   */
  public List<TokenDetail> page(UUID workspace, boolean revoked, PageRequest page) {
    return database.read(dsl -> TokenSearch.page(dsl, workspace, revoked, page));
  }

  /** Number of revoked tokens whose names contain the text. */
  public int countRevoked(UUID workspace, PageRequest page) {
    return database.read(dsl -> TokenSearch.countRevoked(dsl, workspace, page));
  }

  /**
   * @throws NotFound also for a token of another workspace
   */
  public TokenDetail get(UUID workspace, UUID id) {
    return find(workspace, id).orElseThrow(AccessTokens::unknown);
  }

  /** Empty also for a token of another workspace. */
  public Optional<TokenDetail> find(UUID workspace, UUID id) {
    return database.read(dsl -> TokenRepository.find(dsl, workspace, id));
  }

  /**
   * Updates a token; refuses a name that another token has, or gets in a concurrent transaction.
   */
  private static void update(Tx tx, UUID id, TokenSettings settings) {
    try {
      TokenRepository.update(tx, id, settings);
    } catch (IntegrityConstraintViolationException nameTaken) {
      throw taken(settings.name());
    }
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

  private static Conflict alreadyCreated(String name) {
    return new Conflict(
        "Already created",
        "This form was sent more than once. It created one token, "
            + name
            + ". Its secret was shown on the first page. If you do not have the secret, open the token"
            + " and press Rotate for a new one.");
  }

  private static Conflict taken(String name) {
    return new Conflict(
        "Already exists", "There is already a token named " + name + ". Choose another name.");
  }

  private static NotFound unknown() {
    return new NotFound("There is no such access token.");
  }
}
