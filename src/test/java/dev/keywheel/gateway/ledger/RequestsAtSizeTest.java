package dev.keywheel.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.StoredEnum;
import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestPool;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A list of 200,000 requests on four days: a page reads hardly more rows than it shows. */
@Tag("full")
class RequestsAtSizeTest {
  private static final int REQUESTS = 200_000;
  private static final int DAYS = 4;
  private static final int PAGE = 51;

  /** Enough for the rows of a page, and for the first rows of each day. */
  private static final long READ_AT_MOST = 300;

  private static final UUID COMMON = UUID.randomUUID();
  private static final UUID RARE = UUID.randomUUID();

  @AutoClose private static final TestPool pool = new TestPool();

  /**
   * Nearly all requests were answered, half of them by each of two models. Each other outcome
   * occurs a hundred times, as do answers without content, requests of another token and requests
   * for another model. On the first day, 6,000 requests of one more token for one more model
   * failed.
   */
  @BeforeAll
  static void fill() {
    LocalDate first = LocalDate.ofInstant(pool.clock.instant(), ZoneOffset.UTC);
    pool.test.asOwner("select make_gateway_days('" + first + "', " + DAYS + ")");
    pool.test.asOwner(
        """
        insert into gateway_requests (id, workspace_id, token_id, token_name, operation, model_asked, model, provider,
            streamed, state, http_status, reason, attempts, started_at, ended_at, client_address, node)
        select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7000' || '8000' || lpad(n::text, 12, '0'))::uuid,
            '%1$s', case when n %% 2000 = 3 then '%3$s' else '%2$s' end::uuid, 'token', 'chat',
            case when n between 40001 and 46000 then 'failed/model' when n %% 2000 = 5 then 'rare/model' when n %% 2 = 0 then 'other/model'
                else 'maker/model' end,
            'maker/model', 'openrouter', false,
            case case when n between 40001 and 46000 then 7 else n %% 2000 end
                when 7 then 'failed' when 9 then 'refused' when 11 then 'truncated' when 13 then 'client_gone'
                when 15 then 'aborted' when 17 then 'unknown' when 19 then 'in_flight' else 'ok' end,
            200, case when n %% 2000 = 21 then 'model:empty' end, 1, at, at, '192.0.2.1', '%2$s'
        from (select n, timestamptz '%4$s 00:00Z' + n * interval '%5$d days' / %6$d as at
                from generate_series(0, %6$d - 1) n) r"""
            .formatted(pool.workspace, COMMON, RARE, first, DAYS, REQUESTS));
    pool.test.asOwner("vacuum analyze gateway_requests");
  }

  @ParameterizedTest
  @EnumSource
  void a_filter_for_an_outcome_reads_only_the_rows_of_its_page(GatewayRequestState state) {
    assertRead(new GatewayRequestFilter(state, null, null, null));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_filter_for_answers_with_or_without_content_reads_only_the_rows_of_its_page(boolean empty) {
    assertRead(filter("ok", empty, null, null));
  }

  @ParameterizedTest
  @CsvSource({
    "true, , , ",
    "false, , , ",
    ", rare/model, , ",
    ", maker/model, , ",
    "true, maker/model, ok, false",
    "false, maker/model, ok, true",
    "false, , failed, ",
    ", maker/model, failed, ",
    "false, maker/model, unknown, "
  })
  void a_filter_for_a_token_or_a_model_reads_only_the_rows_of_its_page(
      @Nullable Boolean rare,
      @Nullable String model,
      @Nullable String state,
      @Nullable Boolean empty) {
    assertRead(filter(state, empty, rare == null ? null : rare ? RARE : COMMON, model));
  }

  private static GatewayRequestFilter filter(
      @Nullable String state,
      @Nullable Boolean empty,
      @Nullable UUID token,
      @Nullable String model) {
    return new GatewayRequestFilter(
        StoredEnum.find(GatewayRequestState.class, state).orElse(null), empty, token, model);
  }

  private static void assertRead(GatewayRequestFilter filter) {
    var queries = new GatewayQueries(pool.database);
    List<GatewayRequestRow> page = queries.requests(pool.workspace, filter, null, PAGE);
    assertThat(page).hasSize(PAGE);
    UUID last = page.getLast().id();
    assertThat(queries.requests(pool.workspace, filter, last, PAGE)).isNotEmpty();

    assertThat(rowsRead(filter, null)).as("rows of the first page").isLessThan(READ_AT_MOST);
    assertThat(rowsRead(filter, last)).as("rows of the second page").isLessThan(READ_AT_MOST);
  }

  private static long rowsRead(GatewayRequestFilter filter, @Nullable UUID before) {
    List<String> days =
        pool.database.read(
            dsl ->
                dsl.fetch(
                        "select relname from pg_stat_user_tables where relname ~"
                            + " '^gateway_requests_(d|default)'")
                    .getValues(0, String.class));
    return RowsRead.by(
        pool.database,
        dsl -> GatewayQueries.requests(dsl, pool.workspace, filter, before, PAGE),
        days.toArray(String[]::new));
  }
}
