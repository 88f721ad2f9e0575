package dev.keywheel.gateway.seat;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.min;

import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.support.RowsRead;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.junit.jupiter.api.Test;

/** Which query plans of a batch PostgreSQL caches, and how many keys they read. */
class SeatPlansTest extends SeatsOnOneNode {
  @Test
  void plans_are_cached_for_up_to_64_requests_until_the_transaction_ends() {
    pool.add(1);

    assertThat(modeOfBatch(64)).isEqualTo("force_generic_plan");
    assertThat(pool.database.read(SeatPlansTest::mode)).isEqualTo("auto");
    assertThat(modeOfBatch(65)).isEqualTo("auto");
  }

  @Test
  void no_plan_is_cached_where_conversations_stay_with_their_accounts() {
    pool.add(1);
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, true, 0));

    assertThat(modeOfBatch(1)).isEqualTo("auto");
  }

  @Test
  void no_plan_is_cached_while_many_keys_are_busy() {
    pool.add(200);
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, false, 2));

    assertThat(modeOfBatch(64)).isEqualTo("force_generic_plan");
    assertThat(modeOfBatch(64))
        .as("64 keys have one call, none is busy")
        .isEqualTo("force_generic_plan");
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, false, 1));
    assertThat(modeOfBatch(64)).as("128 keys are busy").isEqualTo("auto");
  }

  @Test
  void an_attempt_after_many_refused_keys_reads_few_keys() {
    int refused = 300;
    pool.add(refused + 700);
    pool.test.asOwner("analyze api_keys, rotation_order");
    var tried = new TriedKeys();
    for (int i = 0; i < refused; i++) {
      tried.add(granted(attempt(tried)), TriedKeys.Next.OTHER);
    }

    assertThat(keysRead(attempt(tried))).isLessThan(20);
  }

  @Test
  void the_search_for_another_account_ends_with_the_attempt_that_needs_it() {
    List<UUID> keys = pool.add(1_000);
    pool.test.asOwner("analyze api_keys, rotation_order");
    pool.account("a", keys.subList(0, 200).toArray(UUID[]::new));
    var tried = new TriedKeys();
    tried.add(granted(attempt(tried)), TriedKeys.Next.OTHER_ACCOUNT_IF_POSSIBLE);
    assertThat(keysRead(attempt(tried))).as("during the search").isGreaterThan(200);
    ApiKey other = granted(attempt(tried));
    assertThat(other.account()).isNull();

    tried.add(other, TriedKeys.Next.OTHER);

    assertThat(keysRead(attempt(tried))).isLessThan(40);
  }

  @Test
  void the_end_of_the_first_limit_is_found_without_reading_the_pool() {
    pool.add(1_000);
    pool.test.asOwner(
        """
        update api_keys
           set usable_free = false, usable_paid = false, status = 'rate_limited',
               until = timestamptz '2030-01-03 00:00Z' - added_seq * interval '1 s',
               check_due = timestamptz '2030-01-03 00:00Z' - added_seq * interval '1 s'
        """);
    pool.test.asOwner(
        """
        update api_keys
           set status = 'failed', failure = '{}', until = null, check_due = check_due - interval '1 day'
         where added_seq > (select max(added_seq) - 500 from api_keys)
        """);
    pool.test.asOwner("analyze api_keys, rotation_order");
    var first = gateway.first(TokenScope.ALL);

    assertThat(gateway.take(first))
        .isInstanceOfSatisfying(
            SeatGrant.AllLimited.class,
            limited -> assertThat(limited.until()).isEqualTo(firstLimitEnd()));
    assertThat(keysRead(first)).isLessThan(20);
  }

  @Test
  void an_account_that_the_request_must_not_use_is_excluded_for_all_its_attempts() {
    List<UUID> keys = pool.add(210);
    pool.account("a", keys.subList(0, 200).toArray(UUID[]::new));
    var tried = new TriedKeys();
    tried.add(granted(attempt(tried)), TriedKeys.Next.OTHER_ACCOUNT);

    for (int i = 200; i < 210; i++) {
      ApiKey other = granted(attempt(tried));
      assertThat(other.id()).isEqualTo(keys.get(i));
      tried.add(other, TriedKeys.Next.OTHER);
    }
    assertThat(gateway.take(attempt(tried))).isInstanceOf(SeatGrant.NoKey.class);
  }

  private Instant firstLimitEnd() {
    return pool.database.read(
        dsl ->
            dsl.select(min(API_KEYS.UNTIL))
                .from(API_KEYS)
                .where(API_KEYS.STATUS.eq("rate_limited"))
                .fetchSingle(0, Instant.class));
  }

  private SeatRequest attempt(TriedKeys tried) {
    var first = gateway.first(TokenScope.ALL);
    return new SeatRequest(
        first.request(), null, TokenScope.ALL, false, 2, pool.id, first.model(), tried, null);
  }

  private ApiKey granted(SeatRequest request) {
    return gateway.granted(request).key();
  }

  /** The number of rows of keys that PostgreSQL reads for a batch of one request. */
  private long keysRead(SeatRequest request) {
    return RowsRead.byTx(
        pool.database,
        tx -> batch().fill(tx, pool.id, List.of(request), new ArrayList<>()),
        "api_keys");
  }

  /** The mode in which the last statement of a batch is planned; it stores the attempts. */
  private String modeOfBatch(int requests) {
    pool.test.asOwner(
        """
        create table modes (mode text);
        grant insert, delete, select on modes to public;
        create function record_mode() returns trigger language plpgsql as $$
        begin
          insert into modes values (current_setting('plan_cache_mode'));
          return null;
        end $$;
        create trigger record_mode after insert on gateway_attempts for each statement execute function record_mode();
        """);
    var waiting = Stream.generate(() -> gateway.first(TokenScope.ALL)).limit(requests).toList();
    try {
      pool.database.runTx(
          tx ->
              assertThat(batch().fill(tx, pool.id, waiting, new ArrayList<>())).hasSize(requests));
      return pool.database.read(
          dsl -> dsl.fetchSingle("select mode from modes").get(0, String.class));
    } finally {
      pool.test.asOwner(
          "drop trigger record_mode on gateway_attempts; drop function record_mode; drop table modes");
    }
  }

  private static String mode(DSLContext dsl) {
    return dsl.fetchSingle("show plan_cache_mode").get(0, String.class);
  }
}
