package dev.keywheel.gateway.ledger;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.GATEWAY_ATTEMPTS;
import static dev.keywheel.db.schema.Tables.GATEWAY_REQUESTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.query.Sql;
import dev.keywheel.gateway.ledger.GatewayRows.OpenAttempt;
import dev.keywheel.gateway.seat.TestSeats;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.provider.Usage;
import dev.keywheel.support.TestPool;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a client or a provider sends, the outcome of the request is stored. */
class HostileOutcomesTest {
  @AutoClose private static final TestPool pool = new TestPool();

  private static final UUID NODE = UUID.randomUUID();

  /** The largest cost that one call can have. */
  private static final BigDecimal MAX_COST = BigDecimal.valueOf(1_000_000);

  private UUID key;

  @BeforeEach
  void start() {
    pool.add(1);
    key = pool.database.read(dsl -> dsl.select(API_KEYS.ID).from(API_KEYS).fetchAny(API_KEYS.ID));
  }

  static Stream<String> texts() {
    return Stream.of(
        "",
        "\0",
        "a\0b",
        "\ud83d",
        "\ude00 first",
        "half \ud83d half",
        "\uffff\ufffe",
        "NULL",
        "{\"a\",\\,b}",
        "'; drop table gateway_requests; --",
        "\r\n\t\b\u001b[31m",
        "\u202e\u200b\u0085",
        "$1 ? ?? {0} %s",
        "x".repeat(2_000_000),
        Stream.iterate(0x4e00, letter -> letter + 7)
            .limit(5_000)
            .map(Character::toString)
            .reduce("", String::concat));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void any_text_is_stored(String text) {
    assertThat(stores(text, Usage.NONE, 200, 1, pool.clock.instant())).isTrue();
  }

  static Stream<Usage> usages() {
    return Stream.of(
        new Usage(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, MAX_COST, true),
        new Usage(Integer.MIN_VALUE, -1, -1, MAX_COST.negate(), true),
        new Usage(0, 0, 0, new BigDecimal("1E-40"), true),
        new Usage(0, 0, 0, new BigDecimal("0.123456789012345678901234567890"), true),
        new Usage(0, 0, 0, new BigDecimal("1E+6"), false));
  }

  @ParameterizedTest
  @MethodSource("usages")
  void any_usage_is_stored(Usage usage) {
    assertThat(stores("text", usage, 200, 1, pool.clock.instant())).isTrue();
  }

  @Test
  void any_number_and_any_day_is_stored() {
    Instant now = pool.clock.instant();
    assertThat(stores("text", Usage.NONE, 999_999, Integer.MAX_VALUE, now)).isTrue();
    assertThat(stores("text", Usage.NONE, -1, -1, now)).isTrue();
    assertThat(stores("text", Usage.NONE, 200, 1, Instant.EPOCH)).isTrue();
    assertThat(stores("text", Usage.NONE, 200, 1, now.plus(Duration.ofDays(40_000)))).isTrue();
  }

  /** A provider may report costs in another currency or unit. */
  @Test
  void an_outcome_is_stored_although_the_cost_of_its_key_is_at_the_maximum() {
    pool.test.asOwner("update api_keys set cost = 9999999999");
    var usage = new Usage(1, 1, 0, MAX_COST, true);

    assertThat(stores("text", usage, 200, 1, pool.clock.instant())).isTrue();
    BigDecimal cost =
        pool.database.read(
            dsl ->
                dsl.select(API_KEYS.COST)
                    .from(API_KEYS)
                    .where(API_KEYS.ID.eq(key))
                    .fetchSingle(API_KEYS.COST));
    assertThat(cost).isEqualByComparingTo("9999999999");
  }

  /** Whether the ledger stores the outcomes of a request and of its attempt. */
  private boolean stores(String text, Usage usage, int status, int millis, Instant endedAt) {
    UUID id = pool.ids.next();
    UUID attempt = pool.ids.next();
    Instant now = pool.clock.instant();
    var request =
        new GatewayRequest(
            id,
            pool.workspace,
            UUID.randomUUID(),
            text,
            GatewayOperation.CHAT,
            "maker/model",
            false,
            text,
            text,
            text,
            now);
    var sent =
        new OpenAttempt(
            attempt, id, pool.workspace, 1, 1, key, text, "openrouter", "maker/model", now);
    pool.database.runTx(
        tx ->
            Sql.of(
                    Sql.of("with first as (select 1)"),
                    GatewayRows.open(List.of(request), List.of(sent), NODE),
                    Sql.of("select 1"))
                .fetch(tx, row -> row.getInt(1)));
    var ledger = TestSeats.ledger(pool);
    ledger.start(() -> {});
    ledger.recordEnd(
        new AttemptOutcome(
            attempt,
            key,
            GatewayAttemptState.OK,
            status,
            text,
            usage,
            millis,
            millis,
            text,
            endedAt));
    ledger.close(
        request,
        new RequestOutcome(
            GatewayRequestState.OK,
            status,
            text,
            "openrouter",
            text,
            key,
            text,
            1,
            usage,
            millis,
            endedAt),
        true);
    ledger.stop(Duration.ofSeconds(30));
    return pool.database.read(
        dsl ->
            dsl.fetchExists(
                    dsl.selectFrom(GATEWAY_REQUESTS)
                        .where(GATEWAY_REQUESTS.ID.eq(id))
                        .and(GATEWAY_REQUESTS.STATE.eq("ok")))
                && dsl.fetchExists(
                    dsl.selectFrom(GATEWAY_ATTEMPTS)
                        .where(GATEWAY_ATTEMPTS.ID.eq(attempt))
                        .and(GATEWAY_ATTEMPTS.STATE.eq("ok"))));
  }
}
