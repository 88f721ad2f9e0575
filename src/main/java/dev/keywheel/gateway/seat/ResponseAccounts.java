package dev.keywheel.gateway.seat;

import static java.util.regex.Pattern.DOTALL;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.Sha256;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.db.Tx;
import dev.keywheel.job.JobDefinition;
import dev.keywheel.job.JobDefinition.Recurring;
import dev.keywheel.key.pool.KeyRepository;
import dev.keywheel.key.state.ApiKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jooq.DSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers for an hour which account created a response. A later request can continue the
 * response, by its id or by its encrypted reasoning, only with a key of that account.
 */
public final class ResponseAccounts {
  private static final Logger log = LoggerFactory.getLogger(ResponseAccounts.class);
  private static final Duration KEPT_FOR = Duration.ofHours(1);

  /** The id of the key that created the response and, if known, the name of its account. */
  private static final Pattern STORED =
      Pattern.compile("(\\p{XDigit}{8}(?:-\\p{XDigit}{4}){3}-\\p{XDigit}{12})(?: (.+))?", DOTALL);

  private final Database database;
  private final InstantSource clock;

  /**
   * An account of a provider.
   *
   * @param name the name of the account, or the id of the key if its account is unknown
   */
  public record Account(String provider, String name) {
    static Account of(ApiKey key) {
      return new Account(key.pool().provider(), key.accountOrId());
    }

    boolean has(ApiKey key) {
      return equals(of(key)) || name.equals(key.id().toString());
    }
  }

  public ResponseAccounts(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * Stores the account of a response, whose end waits for it. A failure is only logged, because the
   * client can use the response anyway.
   *
   * @param references the id of the response and its encrypted reasoning
   */
  public void remember(ApiKey key, List<String> references) {
    if (references.isEmpty()) {
      return;
    }
    try {
      Database.answeredSoon(() -> database.inTx(tx -> store(tx, key, references)));
    } catch (RuntimeException e) {
      log.warn("The account of a response was not stored: {}", TransientErrors.cause(e));
    }
  }

  private int store(Tx tx, ApiKey key, List<String> references) {
    String stored = key.account() == null ? key.id().toString() : key.id() + " " + key.account();
    return tx.dsl()
        .execute(
            """
            insert into gateway_responses (workspace_id, reference, provider, account, expires_at)
            select {0}, reference, {2}, {3}, {4} from unnest({1}) r(reference) order by reference
            on conflict (workspace_id, reference) do update
              set provider = excluded.provider, account = excluded.account, expires_at = excluded.expires_at
            """,
            val(key.pool().workspaceId()),
            val(hashes(references)),
            val(key.pool().provider()),
            val(stored),
            val(clock.instant().plus(KEPT_FOR)));
  }

  /** The account that created one of the references; empty when unknown. */
  public Optional<Account> find(UUID workspace, List<String> references) {
    return references.isEmpty()
        ? Optional.empty()
        : Database.answeredSoon(
            () ->
                database.read(
                    dsl ->
                        dsl.resultQuery(
                                """
                                select provider, account from gateway_responses
                                 where workspace_id = {0} and reference = any({1}) and expires_at > {2}
                                 order by expires_at desc limit 1
                                """,
                                val(workspace), val(hashes(references)), val(clock.instant()))
                            .fetchOptional(
                                row ->
                                    new Account(
                                        row.get(0, String.class),
                                        name(dsl, workspace, row.get(1, String.class))))));
  }

  /** The current name of the account, which may have become known or changed since the response. */
  private static String name(DSLContext dsl, UUID workspace, String stored) {
    var parts = STORED.matcher(stored);
    return parts.matches()
        ? KeyRepository.accountOrId(dsl, workspace, UUID.fromString(parts.group(1)))
            .orElseGet(() -> Objects.requireNonNullElse(parts.group(2), parts.group(1)))
        : stored;
  }

  public JobDefinition job() {
    return new Recurring("gateway-responses", Duration.ofMinutes(10), this::removeExpired);
  }

  private void removeExpired() {
    database.runTx(
        tx ->
            tx.dsl()
                .execute(
                    "delete from gateway_responses where expires_at < {0}", val(clock.instant())));
  }

  private static byte[][] hashes(List<String> references) {
    return references.stream().distinct().map(Sha256::of).toArray(byte[][]::new);
  }
}
