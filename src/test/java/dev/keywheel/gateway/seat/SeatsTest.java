package dev.keywheel.gateway.seat;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.GATEWAY_ATTEMPTS;
import static dev.keywheel.db.schema.Tables.GATEWAY_REQUESTS;
import static dev.keywheel.db.schema.Tables.GATEWAY_TOKENS;
import static dev.keywheel.db.schema.Tables.GATEWAY_TOKEN_SECRETS;
import static dev.keywheel.db.schema.Tables.ROTATION_ORDER;
import static dev.keywheel.db.schema.Tables.USAGE_HOURS;
import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.when;

import dev.keywheel.db.Tx;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.key.pool.KeyModels;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.key.state.PauseCause;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolPause;
import dev.keywheel.support.Await;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.jooq.TableField;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SeatsTest extends SeatsOnOneNode {
  private static final TokenScope TAGGED =
      new TokenScope(Set.of(), List.of(), Set.of(), Set.of("fast"), 0, 0, null, List.of(), true);

  @Test
  void requests_get_the_keys_in_the_order_of_the_rotation() {
    var keys = pool.add(3);

    var given = IntStream.range(0, 7).mapToObj(_ -> granted().key().id()).toList();

    assertThat(given)
        .containsExactly(
            keys.get(0),
            keys.get(1),
            keys.get(2),
            keys.get(0),
            keys.get(1),
            keys.get(2),
            keys.get(0));
    assertThat(TestGateway.keysBySeat(pool.database)).isEqualTo(given);
  }

  @Test
  void a_setting_for_all_pools_locks_them_in_the_order_of_their_providers() throws Exception {
    var last = new PoolId(pool.workspace, "sandbox");
    pool.database.runTx(tx -> PoolRepository.lockAllWith(tx, last));
    pool.add(1); // the first in the order of providers, the last in the table
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var setting =
          pool.database.inTx(
              tx -> {
                lock(tx, pool.id);
                var set = threads.submit(this::setSeatingInOrderOfTable);
                Await.until("the setting waits for the first pool", () -> blocks(tx));
                lock(tx, last);
                return set;
              });
      assertThat(setting.get()).isTrue();
    }
  }

  private boolean setSeatingInOrderOfTable() {
    return pool.database.inTx(
        tx -> {
          tx.dsl().execute("set local enable_indexscan = off");
          return pool.pool.status().setSeating(tx, pool.workspace, true, 3);
        });
  }

  private static void lock(Tx tx, PoolId id) {
    tx.dsl().fetch("select from pools where provider = {0} for update", id.provider());
  }

  private static boolean blocks(Tx tx) {
    return tx.dsl()
        .fetchSingle(
            "select exists (select from pg_locks where not granted"
                + " and pg_backend_pid() = any(pg_blocking_pids(pid)))")
        .get(0, Boolean.class);
  }

  @Test
  void runs_and_requests_share_one_rotation() {
    var keys = pool.add(3);

    pool.database.runTx(
        tx -> {
          pool.pool.rotation().lock(tx, pool.id);
          pool.pool.rotation().assign(tx, List.of(keys.getFirst()));
        });

    assertThat(granted().key().id()).isEqualTo(keys.get(1));
    assertThat(pool.assignments(keys.get(1))).isEqualTo(1);
  }

  @Test
  void an_attempt_is_stored_before_the_request_gets_its_key() {
    pool.add(1);

    var granted = granted();

    var row =
        pool.database.read(
            dsl ->
                dsl.selectFrom(GATEWAY_ATTEMPTS)
                    .where(GATEWAY_ATTEMPTS.ID.eq(granted.attemptId()))
                    .fetchSingle());
    assertThat(row.get(GATEWAY_ATTEMPTS.STATE)).isEqualTo("sent");
    var number =
        pool.database.read(
            dsl ->
                dsl.fetchValue(
                    ROTATION_ORDER.ROTATION_NUMBER, ROTATION_ORDER.KEY_ID.eq(granted.key().id())));
    assertThat(row.get(GATEWAY_ATTEMPTS.SEAT)).isEqualTo(number);
    assertThat(row.get(GATEWAY_ATTEMPTS.KEY_NAME)).isEqualTo("key1");
    assertThat(stateOf(row.get(GATEWAY_ATTEMPTS.REQUEST_ID))).isEqualTo("in_flight");
  }

  @Test
  void an_outcome_is_stored_and_counted_once() {
    pool.add(1);
    var request = gateway.first(TokenScope.ALL);
    var granted = gateway.granted(request);

    gateway.answered(granted);
    gateway.close(request.request(), false);
    Await.until(
        "the request is stored as answered", () -> stateOf(request.request().id()).equals("ok"));
    gateway.answered(granted); // as after a commit whose answer was lost
    Await.until("all outcomes are stored", () -> gateway.ledger.waiting() == 0);

    var key = pool.key(granted.key().id());
    assertThat(key.calls()).isEqualTo(1);
    assertThat(key.tokens()).isEqualTo(15);
    var sums = pool.database.read(dsl -> dsl.selectFrom(USAGE_HOURS).fetchSingle());
    assertThat(sums.get(USAGE_HOURS.CALLS)).isEqualTo(1);
    assertThat(sums.get(USAGE_HOURS.OK)).isEqualTo(1);
    assertThat(sums.get(USAGE_HOURS.COST)).isEqualByComparingTo("0.25");
  }

  @Test
  void a_refused_key_is_not_assigned_again_to_the_same_request() {
    var keys = pool.add(2);
    var first = gateway.first(TokenScope.ALL);
    gateway.granted(first);

    var again =
        new SeatRequest(
            first.request(),
            null,
            TokenScope.ALL,
            false,
            2,
            pool.id,
            TestGateway.MODEL,
            TriedKeys.without(keys),
            null);

    assertThat(gateway.take(again)).isInstanceOf(SeatGrant.NoKey.class);
    assertThat(granted().key().id()).isEqualTo(keys.get(1));
  }

  @Test
  void a_key_that_is_excluded_for_a_model_keeps_its_turn_for_others() {
    var keys = pool.add(2);
    exclude(keys.getFirst());

    assertThat(granted().key().id()).isEqualTo(keys.get(1));
    assertThat(granted().key().id()).isEqualTo(keys.get(1));
    assertThat(gateway.granted(gateway.first(TokenScope.ALL, "maker/other:free")).key().id())
        .isEqualTo(keys.get(0));
  }

  @Test
  void a_request_for_a_model_that_no_key_may_serve_now_is_refused_until_the_first_key_may() {
    var keys = pool.add(2);
    var now = pool.clock.instant();
    exclude(keys.get(0));
    limit(keys.get(1), now.plusSeconds(60));

    assertThat(gateway.take()).isEqualTo(new SeatGrant.AllLimited(now.plusSeconds(60), null));

    limit(keys.get(1), now.plus(Duration.ofHours(9)));
    assertThat(gateway.take())
        .isEqualTo(new SeatGrant.AllLimited(now.plus(Duration.ofHours(1)), null));
  }

  private void exclude(UUID key) {
    pool.database.runTx(
        tx -> KeyModels.exclude(tx, key, TestGateway.MODEL, "cut off", pool.clock.instant()));
  }

  private void limit(UUID key, Instant until) {
    pool.database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.USABLE_FREE, false)
                .set(API_KEYS.UNTIL, until)
                .set(API_KEYS.CHECK_DUE, until)
                .where(API_KEYS.ID.eq(key))
                .execute());
  }

  @Test
  void a_token_with_tags_draws_only_from_keys_with_one_of_them() {
    var keys = pool.add(3);
    tag(keys.get(2));

    assertThat(gateway.granted(gateway.first(TAGGED)).key().id()).isEqualTo(keys.get(2));
    assertThat(granted().key().id()).isEqualTo(keys.get(0));
    assertThat(gateway.granted(gateway.first(TAGGED)).key().id()).isEqualTo(keys.get(2));
  }

  @Test
  void a_token_with_tags_does_not_wait_for_a_limited_key_without_one() {
    var keys = pool.add(2);
    tag(keys.get(1));
    var until = pool.clock.instant().plusSeconds(60);
    pool.database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.USABLE_FREE, false)
                .set(API_KEYS.UNTIL, when(API_KEYS.ID.eq(keys.get(0)), until))
                .set(API_KEYS.CHECK_DUE, when(API_KEYS.ID.eq(keys.get(0)), until))
                .set(API_KEYS.ENABLED, API_KEYS.ID.eq(keys.get(0)))
                .execute());

    assertThat(gateway.take(gateway.first(TAGGED))).isInstanceOf(SeatGrant.NoKey.class);
    assertThat(gateway.take()).isEqualTo(new SeatGrant.AllLimited(until, null));
  }

  private void tag(UUID key) {
    pool.database.runTx(
        tx ->
            tx.dsl()
                .update(API_KEYS)
                .set(API_KEYS.TAGS, new String[] {"fast"})
                .where(API_KEYS.ID.eq(key))
                .execute());
  }

  @Test
  void a_token_that_expired_or_was_revoked_since_the_request_arrived_gets_no_key() {
    pool.add(1);
    storeToken(gateway.token);
    assertThat(gateway.take()).isInstanceOf(SeatGrant.Granted.class);

    change(GATEWAY_TOKENS.EXPIRES_AT, pool.clock.instant().plusSeconds(1));
    assertThat(gateway.take()).isInstanceOf(SeatGrant.Granted.class);
    pool.clock.tick(Duration.ofSeconds(1));
    assertThat(gateway.take()).isEqualTo(new SeatGrant.TokenEnded());

    change(GATEWAY_TOKENS.EXPIRES_AT, null);
    change(GATEWAY_TOKENS.REVOKED_AT, pool.clock.instant());
    assertThat(gateway.take()).isEqualTo(new SeatGrant.TokenEnded());
  }

  @Test
  void a_rotated_secret_and_an_archived_workspace_give_no_key() {
    pool.add(1);
    storeToken(gateway.token);
    assertThat(gateway.take()).isInstanceOf(SeatGrant.Granted.class);

    change(GATEWAY_TOKEN_SECRETS.VALID_UNTIL, pool.clock.instant());
    assertThat(gateway.take()).isEqualTo(new SeatGrant.TokenEnded());

    change(GATEWAY_TOKEN_SECRETS.VALID_UNTIL, pool.clock.instant().plusSeconds(60));
    assertThat(gateway.take()).isInstanceOf(SeatGrant.Granted.class);

    change(WORKSPACES.ARCHIVED_AT, pool.clock.instant());
    assertThat(gateway.take()).isEqualTo(new SeatGrant.TokenEnded());
  }

  @Test
  void the_requests_of_a_token_are_counted_per_minute() {
    pool.add(1);
    var scope = scope(2, 0);

    assertThat(gateway.granted(gateway.first(scope)).rate().remaining()).isEqualTo(1);
    assertThat(gateway.granted(gateway.first(scope)).rate().remaining()).isZero();
    var refused = (SeatGrant.RateLimited) gateway.take(gateway.first(scope));
    assertThat(refused.rate().resetsAt()).isEqualTo("2026-03-10T14:26:00Z");
    pool.clock.tick(Duration.ofMinutes(1));
    assertThat(gateway.take(gateway.first(scope))).isInstanceOf(SeatGrant.Granted.class);
  }

  @Test
  void the_requests_of_a_token_are_counted_although_the_pool_is_paused_or_has_no_keys() {
    assertThat(gateway.take(gateway.first(scope(2, 0)))).isInstanceOf(SeatGrant.NoKey.class);
    pool.add(1);
    pool.pause(pool.clock.instant().plusSeconds(60));
    assertThat(gateway.take(gateway.first(scope(2, 0)))).isInstanceOf(SeatGrant.NoKey.class);

    assertThat(gateway.take(gateway.first(scope(2, 0)))).isInstanceOf(SeatGrant.RateLimited.class);
  }

  @Test
  void
      a_request_that_got_no_key_at_its_first_target_is_limited_but_not_counted_again_at_its_second() {
    pool.add(1);
    var scope = scope(3, 1);
    var first = gateway.first(scope);
    gateway.granted(first);

    assertThat(gateway.take(atSecondTarget(scope))).isInstanceOf(SeatGrant.TooManyParallel.class);

    gateway.close(first.request(), true);
    assertThat(gateway.granted(atSecondTarget(scope)).rate().remaining()).isEqualTo(2);
  }

  private SeatRequest atSecondTarget(TokenScope scope) {
    return new SeatRequest(
        gateway.request(gateway.token),
        gateway.secret,
        scope,
        false,
        1,
        pool.id,
        TestGateway.MODEL,
        new TriedKeys(),
        null);
  }

  @Test
  void an_ended_request_stops_counting_towards_the_parallel_limit_at_once() {
    pool.add(1);
    var scope = scope(0, 1);
    var first = gateway.first(scope);
    var granted = gateway.granted(first);
    assertThat(gateway.take(gateway.first(scope))).isInstanceOf(SeatGrant.TooManyParallel.class);

    gateway.answered(granted);
    gateway.close(first.request(), true);

    assertThat(gateway.take(gateway.first(scope))).isInstanceOf(SeatGrant.Granted.class);
  }

  @Test
  void an_empty_or_paused_pool_assigns_no_key() {
    assertThat(gateway.take()).isInstanceOf(SeatGrant.NoKey.class);
    pool.add(1);
    var until = pool.clock.instant().plusSeconds(60);
    pool.pause(until);
    assertThat(gateway.take())
        .isEqualTo(new SeatGrant.NoKey("The pool is paused. An outage.", until));
  }

  @Test
  void a_key_has_no_more_calls_in_flight_than_the_pool_allows() {
    var keys = pool.add(2);
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, false, 1));
    var first = granted();
    granted();
    assertThat(gateway.take()).isInstanceOf(SeatGrant.AllBusy.class);

    gateway.answered(first);

    assertThat(granted().key().id()).isEqualTo(keys.getFirst());
  }

  private void storeToken(UUID id) {
    pool.database.runTx(
        tx ->
            tx.dsl()
                .insertInto(GATEWAY_TOKENS)
                .set(GATEWAY_TOKENS.ID, id)
                .set(GATEWAY_TOKENS.WORKSPACE_ID, pool.workspace)
                .set(GATEWAY_TOKENS.NAME, "token")
                .set(GATEWAY_TOKENS.CREATED_AT, pool.clock.instant())
                .set(GATEWAY_TOKENS.CREATED_BY, pool.admin.email())
                .execute());
    pool.database.runTx(
        tx ->
            tx.dsl()
                .insertInto(GATEWAY_TOKEN_SECRETS)
                .set(GATEWAY_TOKEN_SECRETS.ID, gateway.secret)
                .set(GATEWAY_TOKEN_SECRETS.HASH, new byte[] {1})
                .set(GATEWAY_TOKEN_SECRETS.TOKEN_ID, id)
                .set(GATEWAY_TOKEN_SECRETS.PREFIX, "kw1_aaaa")
                .set(GATEWAY_TOKEN_SECRETS.LAST4, "aaaa")
                .set(GATEWAY_TOKEN_SECRETS.CREATED_AT, pool.clock.instant())
                .execute());
  }

  private void change(TableField<?, Instant> field, @Nullable Instant value) {
    pool.database.runTx(
        tx -> tx.dsl().update(requireNonNull(field.getTable())).set(field, value).execute());
  }

  @Test
  void a_request_under_way_goes_on_after_one_key_after_another_was_refused() {
    pool.add(2);
    var first = gateway.first(TokenScope.ALL);
    gateway.granted(first);
    var repeated =
        new SeatRequest(
            first.request(),
            gateway.secret,
            TokenScope.ALL,
            false,
            2,
            pool.id,
            TestGateway.MODEL,
            new TriedKeys(),
            null);
    var until = pool.clock.instant().plusSeconds(30);
    var pause = new PoolPause(until, "Refused.", PauseCause.KEYS_REFUSED);
    pool.database.runTx(tx -> pool.pool.status().pausePool(tx, pool.id, pause));

    assertThat(gateway.take()).isInstanceOf(SeatGrant.NoKey.class);
    assertThat(gateway.take(repeated)).isInstanceOf(SeatGrant.Granted.class);
  }

  private SeatGrant.Granted granted() {
    return (SeatGrant.Granted) gateway.take();
  }

  private static TokenScope scope(int perMinute, int parallel) {
    return new TokenScope(
        Set.of(), List.of(), Set.of(), Set.of(), perMinute, parallel, null, List.of(), true);
  }

  private String stateOf(UUID request) {
    return pool.database.read(
        dsl ->
            dsl.select(GATEWAY_REQUESTS.STATE)
                .from(GATEWAY_REQUESTS)
                .where(GATEWAY_REQUESTS.ID.eq(request))
                .fetchSingle(GATEWAY_REQUESTS.STATE));
  }
}
