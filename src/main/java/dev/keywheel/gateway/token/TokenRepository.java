package dev.keywheel.gateway.token;

import static dev.keywheel.db.schema.Tables.GATEWAY_TOKENS;
import static dev.keywheel.db.schema.Tables.GATEWAY_TOKEN_SECRETS;
import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static org.jooq.impl.DSL.or;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.db.Tx;
import dev.keywheel.db.query.Sql;
import dev.keywheel.db.schema.tables.records.GatewayTokensRecord;
import dev.keywheel.gateway.token.TokenDetail.SecretInfo;
import dev.keywheel.net.IpNetwork;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.SortOrder;
import org.jspecify.annotations.Nullable;

final class TokenRepository {
  private static final String ENDED =
      """
      array(select s.id from gateway_token_secrets s join gateway_tokens t on t.id = s.token_id
             join workspaces w on w.id = t.workspace_id
            where s.id = any(?) and (t.revoked_at is not null or t.expires_at <= ? or s.valid_until <= ?
                                     or w.archived_at is not null))
      """;

  /** Minimum time during which a program that sends an expired secret is told of the rotation. */
  private static final Duration ENDED_KEPT = Duration.ofDays(90);

  private TokenRepository() {}

  /**
   * A token found by the hash of a secret.
   *
   * @param validUntil when the secret ends; null for the current secret
   * @param archived whether the workspace of the token is archived
   */
  record StoredToken(
      AccessToken token,
      @Nullable Instant validUntil,
      @Nullable Instant revokedAt,
      @Nullable Instant lastUsedAt,
      boolean archived) {
    StoredToken withLastUse(Instant minute) {
      return new StoredToken(token, validUntil, revokedAt, minute, archived);
    }
  }

  static Optional<StoredToken> find(DSLContext dsl, byte[] hash) {
    return dsl.select(
            GATEWAY_TOKENS,
            GATEWAY_TOKEN_SECRETS.VALID_UNTIL,
            WORKSPACES.ARCHIVED_AT.isNotNull(),
            GATEWAY_TOKEN_SECRETS.ID,
            WORKSPACES.GATEWAY_REVISION)
        .from(GATEWAY_TOKEN_SECRETS)
        .join(GATEWAY_TOKENS)
        .on(GATEWAY_TOKENS.ID.eq(GATEWAY_TOKEN_SECRETS.TOKEN_ID))
        .join(WORKSPACES)
        .on(WORKSPACES.ID.eq(GATEWAY_TOKENS.WORKSPACE_ID))
        .where(GATEWAY_TOKEN_SECRETS.HASH.eq(hash))
        .fetchOptional(
            row -> {
              GatewayTokensRecord token = row.value1();
              return new StoredToken(
                  token(token, row.value4(), row.value5()),
                  row.value2(),
                  token.getRevokedAt(),
                  token.getLastUsedAt(),
                  row.value3());
            });
  }

  static Sql ended(Set<UUID> secrets, Instant now) {
    return Sql.of(ENDED, secrets.toArray(UUID[]::new), now, now);
  }

  /** Records a use, unless one was recorded in this minute; also after the clock was set back. */
  static void recordUse(Tx tx, UUID id, String address, Instant now) {
    Instant minute = now.truncatedTo(ChronoUnit.MINUTES);
    tx.dsl()
        .update(GATEWAY_TOKENS)
        .set(GATEWAY_TOKENS.LAST_USED_AT, minute)
        .set(GATEWAY_TOKENS.LAST_ADDRESS, address)
        .where(
            GATEWAY_TOKENS.ID.eq(id),
            or(
                GATEWAY_TOKENS.LAST_USED_AT.isNull(),
                GATEWAY_TOKENS.LAST_USED_AT.notBetween(minute, now)))
        .execute();
  }

  /** Inserts a token. Returns false if another token that is not revoked has this name. */
  static boolean insert(
      Tx tx, UUID workspace, UUID id, TokenSettings settings, String by, Instant now) {
    GatewayTokensRecord row = tx.dsl().newRecord(GATEWAY_TOKENS);
    row.setId(id);
    row.setWorkspaceId(workspace);
    row.setCreatedAt(now);
    row.setCreatedBy(by);
    set(row, settings);
    return tx.dsl().insertInto(GATEWAY_TOKENS).set(row).onConflictDoNothing().execute() > 0;
  }

  /** Fails with a violated constraint if another token that is not revoked has this name. */
  static void update(Tx tx, UUID id, TokenSettings settings) {
    GatewayTokensRecord row = tx.dsl().newRecord(GATEWAY_TOKENS);
    set(row, settings);
    tx.dsl().update(GATEWAY_TOKENS).set(row).where(GATEWAY_TOKENS.ID.eq(id)).execute();
  }

  static void revoke(Tx tx, UUID id, String by, Instant now) {
    tx.dsl()
        .update(GATEWAY_TOKENS)
        .set(GATEWAY_TOKENS.REVOKED_AT, now)
        .set(GATEWAY_TOKENS.REVOKED_BY, by)
        .where(GATEWAY_TOKENS.ID.eq(id))
        .execute();
  }

  /** Ends the secrets of the token at {@code until}, unless they end earlier. */
  static void endSecrets(Tx tx, UUID token, Instant until) {
    tx.dsl()
        .update(GATEWAY_TOKEN_SECRETS)
        .set(GATEWAY_TOKEN_SECRETS.VALID_UNTIL, until)
        .where(
            GATEWAY_TOKEN_SECRETS.TOKEN_ID.eq(token),
            or(
                GATEWAY_TOKEN_SECRETS.VALID_UNTIL.isNull(),
                GATEWAY_TOKEN_SECRETS.VALID_UNTIL.gt(until)))
        .execute();
  }

  /** Adds a secret. Deletes secrets of the token that ended more than {@link #ENDED_KEPT} ago. */
  static void addSecret(Tx tx, UUID token, byte[] hash, SecretInfo secret) {
    tx.dsl()
        .deleteFrom(GATEWAY_TOKEN_SECRETS)
        .where(
            GATEWAY_TOKEN_SECRETS.TOKEN_ID.eq(token),
            GATEWAY_TOKEN_SECRETS.VALID_UNTIL.lt(secret.createdAt().minus(ENDED_KEPT)))
        .execute();
    tx.dsl()
        .insertInto(GATEWAY_TOKEN_SECRETS)
        .set(GATEWAY_TOKEN_SECRETS.HASH, hash)
        .set(GATEWAY_TOKEN_SECRETS.TOKEN_ID, token)
        .set(GATEWAY_TOKEN_SECRETS.PREFIX, secret.prefix())
        .set(GATEWAY_TOKEN_SECRETS.LAST4, secret.last4())
        .set(GATEWAY_TOKEN_SECRETS.CREATED_AT, secret.createdAt())
        .execute();
  }

  static Optional<TokenDetail> find(DSLContext dsl, UUID workspace, UUID id) {
    return details(dsl, is(workspace, id), SortOrder.DESC, 1).stream().findFirst();
  }

  /** Locks the row of the token and reads the token; empty if the workspace has no such token. */
  static Optional<TokenDetail> lock(Tx tx, UUID workspace, UUID id) {
    tx.dsl()
        .select(GATEWAY_TOKENS.ID)
        .from(GATEWAY_TOKENS)
        .where(is(workspace, id))
        .forUpdate()
        .fetch();
    return find(tx.dsl(), workspace, id);
  }

  static Condition is(UUID workspace, @Nullable UUID id) {
    return GATEWAY_TOKENS.WORKSPACE_ID.eq(workspace).and(GATEWAY_TOKENS.ID.eq(id));
  }

  /** Reads tokens, sorted by their creation. */
  static List<TokenDetail> details(DSLContext dsl, Condition which, SortOrder order, int limit) {
    List<GatewayTokensRecord> rows =
        dsl.selectFrom(GATEWAY_TOKENS)
            .where(which)
            .orderBy(GATEWAY_TOKENS.CREATED_AT.sort(order), GATEWAY_TOKENS.ID.sort(order))
            .limit(limit)
            .fetch();
    Map<UUID, List<SecretInfo>> secrets =
        secrets(dsl, rows.stream().map(GatewayTokensRecord::getId).toList());
    return rows.stream()
        .map(row -> detail(row, secrets.getOrDefault(row.getId(), List.of())))
        .toList();
  }

  private static Map<UUID, List<SecretInfo>> secrets(DSLContext dsl, Collection<UUID> tokens) {
    var secrets = GATEWAY_TOKEN_SECRETS;
    return dsl.select(
            secrets.TOKEN_ID,
            secrets.PREFIX,
            secrets.LAST4,
            secrets.CREATED_AT,
            secrets.VALID_UNTIL)
        .from(secrets)
        .where(secrets.TOKEN_ID.in(tokens))
        // The clock may have been set back, so the newest is the one that ends last.
        .orderBy(secrets.VALID_UNTIL.desc().nullsFirst(), secrets.CREATED_AT.desc())
        .fetchGroups(
            secrets.TOKEN_ID,
            row -> new SecretInfo(row.value2(), row.value3(), row.value4(), row.value5()));
  }

  private static TokenDetail detail(GatewayTokensRecord row, List<SecretInfo> secrets) {
    return new TokenDetail(
        row.getId(),
        settings(row),
        row.getCreatedAt(),
        row.getCreatedBy(),
        row.getRevokedAt(),
        row.getRevokedBy(),
        row.getLastUsedAt(),
        row.getLastAddress(),
        secrets);
  }

  private static TokenSettings settings(GatewayTokensRecord row) {
    return new TokenSettings(
        row.getName(), row.getNotes(), scope(row), row.getDefaultModel(), row.getShowKeyName());
  }

  private static AccessToken token(GatewayTokensRecord row, UUID secret, long revision) {
    return new AccessToken(
        row.getId(),
        secret,
        row.getWorkspaceId(),
        row.getName(),
        scope(row),
        row.getDefaultModel(),
        row.getShowKeyName(),
        revision);
  }

  private static TokenScope scope(GatewayTokensRecord row) {
    return new TokenScope(
        Arrays.stream(row.getOperations())
            .map(code -> StoredEnum.of(GatewayOperation.class, code))
            .collect(Collectors.toSet()),
        List.of(row.getModels()),
        Set.of(row.getProviders()),
        Set.of(row.getKeyTags()),
        row.getRequestsPerMinute(),
        row.getParallel(),
        row.getExpiresAt(),
        Arrays.stream(row.getAddresses()).map(IpNetwork::parse).toList(),
        row.getProviderExtras());
  }

  private static void set(GatewayTokensRecord row, TokenSettings settings) {
    TokenScope scope = settings.scope();
    row.setName(settings.name());
    row.setNotes(settings.notes());
    row.setOperations(
        scope.operations().stream().sorted().map(StoredEnum::code).toArray(String[]::new));
    row.setModels(scope.models().toArray(String[]::new));
    row.setProviders(scope.providers().stream().sorted().toArray(String[]::new));
    row.setKeyTags(scope.keyTags().stream().sorted().toArray(String[]::new));
    row.setAddresses(scope.addresses().stream().map(IpNetwork::toString).toArray(String[]::new));
    row.setRequestsPerMinute(scope.requestsPerMinute());
    row.setParallel(scope.parallel());
    row.setProviderExtras(scope.providerExtras());
    row.setDefaultModel(settings.defaultModel());
    row.setShowKeyName(settings.showKeyName());
    row.setExpiresAt(scope.expiresAt());
  }
}
