package dev.keywheel.key.search;

import static dev.keywheel.db.schema.Tables.RECOVERIES;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.support.Plans;
import dev.keywheel.support.RowsRead;
import dev.keywheel.support.Statements;
import dev.keywheel.support.TestPool;
import java.util.ArrayList;
import java.util.OptionalInt;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The list of 25,000 keys: the rows that a page reads do not grow with their number. */
class KeysAtSizeTest {
  private static final int KEYS = 25_000;
  private static final int PAGE = 50;

  /** For the rows of a page, read twice, and those that a filter leaves out between them. */
  private static final long READ_AT_MOST = 2_000;

  /** For the keys with a result that are looked up, and those of a page. */
  private static final long FEW_TESTED = KeyFilterLookup.FEW_TESTED + 1_000;

  /** For the keys that a search compares, and those of the parts of a filter that are looked up. */
  private static final long SEARCHED = KeyPageQuery.MOST_SEARCHED + READ_AT_MOST + 1_000;

  private static final KeyFilter SHORT = new KeyFilter("q7", null, null, null, null);

  private static TestPool pool;

  @BeforeAll
  static void fill() {
    pool = new TestPool();
    pool.test.withoutAutovacuum();
    pool.add("template");
    pool.test.asOwner(
        """
        insert into api_keys (id, workspace_id, provider, name, tags, data_key_id, ciphertext, fingerprint, prefix, last_four,
            status, status_since, added_at, last_used_at, assigned_seq, calls)
        select gen_random_uuid(), t.workspace_id, t.provider, 'user' || lpad(n::text, 6, '0'),
            case when n %% 20 = 0 then '{spare}'::text[] else '{}' end, t.data_key_id, t.ciphertext, sha256(n::text::bytea),
            t.prefix, t.last_four, t.status, t.status_since, t.added_at, t.added_at - n * interval '1 min', %1$d - n, n
        from api_keys t cross join generate_series(1, %1$d) n\
        """
            .formatted(KEYS));
    pool.test.asOwner("analyze");
  }

  @AfterAll
  static void close() {
    pool.close();
  }

  @ParameterizedTest
  @EnumSource
  void an_order_reads_the_keys_of_its_page_or_those_it_sorts(KeySort by) {
    for (boolean down : new boolean[] {false, true}) {
      var first = page(KeyFilter.ALL, new KeyOrder(by, down), "");
      assertThat(first.keys()).hasSize(PAGE);
      long most = READ_AT_MOST + (by.indexed() ? 0 : KeyPageQuery.MOST_SORTED);
      for (var cursor : new String[] {"", first.after()}) {
        assertThat(read(KeyFilter.ALL, new KeyOrder(by, down), cursor)).isLessThan(most);
      }
    }
  }

  @Test
  void an_order_without_an_index_sorts_the_keys_assigned_last() {
    var fewest = page(KeyFilter.ALL, new KeyOrder(KeySort.CALLS, false), "");
    assertThat(fewest.keys().getFirst().name()).as("assigned last").isEqualTo("user000001");
    var most = page(KeyFilter.ALL, new KeyOrder(KeySort.CALLS, true), "");
    assertThat(most.keys().getFirst().name()).isEqualTo("user010000");
    var found = new KeyFilter("user02493", null, null, null, null);
    var all = page(found, new KeyOrder(KeySort.CALLS, true), "");
    assertThat(all.keys().getFirst().name()).as("all that match").isEqualTo("user024939");
  }

  @Test
  void of_a_status_that_many_keys_have_those_assigned_last_are_sorted() {
    pool.test.asOwner("update api_keys set status = 'rate_limited' where calls > 15000");
    var limited = new KeyFilter("", KeyStatus.RATE_LIMITED, null, null, null);
    var order = new KeyOrder(KeySort.CALLS, true);
    var known = OptionalInt.of(KeyPageQuery.MOST_SORTED + 1);
    assertThat(pool.database.read(dsl -> page(dsl, limited, known, order, "")).keys().getFirst())
        .extracting(ApiKey::name)
        .isEqualTo("user017000");
  }

  @Test
  void those_of_a_status_are_found_in_its_index_alone() {
    pool.test.asOwner("update api_keys set status = 'disabled' where calls <= 5000");
    pool.test.asOwner("vacuum analyze api_keys");
    var disabled = new KeyFilter("", KeyStatus.DISABLED, null, null, null);
    var known = OptionalInt.of(KeyPageQuery.MOST_SORTED + 1);
    var order = new KeyOrder(KeySort.LAST_USED, true);
    assertThat(Plans.of(pool.database, dsl -> page(dsl, disabled, known, order, "")))
        .contains("Index Only Scan using api_keys_of_status");
  }

  @Test
  void keys_with_a_tag_are_found_without_reading_the_others() {
    var tagged = new KeyFilter("", null, null, null, "spare");
    var page = page(tagged, KeyOrder.DEFAULT, "");
    assertThat(page.keys()).hasSize(PAGE).allMatch(key -> key.tags().contains("spare"));
    for (var order : new KeySort[] {KeySort.NAME, KeySort.LAST_USED}) {
      assertThat(read(tagged, new KeyOrder(order, true), ""))
          .as("twice")
          .isLessThan(2 * READ_AT_MOST);
    }
    var rare = new KeyFilter("", null, null, null, "nosuchtag");
    assertThat(read(rare, KeyOrder.DEFAULT, "")).isLessThan(READ_AT_MOST);
  }

  @Test
  void keys_of_a_status_are_found_in_the_order_of_names_wherever_they_are() {
    pool.test.asOwner("update api_keys set status = 'failed' where calls > 24000");
    pool.test.asOwner("analyze");
    var failed = new KeyFilter("", KeyStatus.FAILED, null, null, null);
    for (boolean down : new boolean[] {false, true}) {
      var order = new KeyOrder(KeySort.NAME, down);
      assertThat(page(failed, order, "").keys().getFirst().name())
          .isEqualTo(down ? "user025000" : "user024001");
      assertThat(read(failed, order, "")).as("of 1,000 after 24,000 others").isLessThan(200);
    }
  }

  @Test
  void keys_with_a_rare_result_are_found_without_reading_the_others() {
    pool.test.asOwner(
        """
        with batch as (
          insert into recoveries (id, workspace_id, provider, trigger, state, started_at)
          select gen_random_uuid(), workspace_id, provider, 'due', 'done', added_at from api_keys limit 1
          returning id, started_at)
        insert into key_tests (recovery_id, key_id, asked_at, from_status, result, ended_at)
        select b.id, k.id, b.started_at, case when k.calls = 17000 then 'active' else 'failed' end, 'failed', b.started_at
        from batch b cross join api_keys k\
        """);
    pool.test.asOwner("analyze");
    var batch =
        pool.database.read(
            dsl -> dsl.fetchSingle(RECOVERIES, RECOVERIES.TRIGGER.eq("due")).getId());
    var rare = filter(batch, KeyTestOutcomeFilter.NEWLY_FAILED);
    assertThat(page(rare, KeyOrder.DEFAULT, "").keys())
        .extracting(ApiKey::name)
        .containsExactly("user017000");
    assertThat(read(rare, KeyOrder.DEFAULT, "")).isLessThan(100);
    var usual = filter(batch, KeyTestOutcomeFilter.STILL_FAILED);
    var first = page(usual, KeyOrder.DEFAULT, "");
    assertThat(first.keys()).hasSize(PAGE);
    for (var cursor : new String[] {"", first.after()}) {
      assertThat(read(usual, KeyOrder.DEFAULT, cursor)).as("of 25,000").isLessThan(FEW_TESTED);
    }
    var none = filter(batch, KeyTestOutcomeFilter.RECOVERED);
    assertThat(page(none, KeyOrder.DEFAULT, "").keys()).isEmpty();
    assertThat(read(none, KeyOrder.DEFAULT, "")).isLessThan(100);
    var summary = new KeyList(pool.database).tested(pool.workspace, requireNonNull(usual.tested()));
    assertThat(summary.orElseThrow().keys()).isEqualTo(KeyPageQuery.MOST_COUNTED);
  }

  @Test
  void of_keys_with_a_frequent_result_those_of_the_page_are_read() {
    var batch = tested("k.calls % 2 = 1");
    var recovered = filter(batch, KeyTestOutcomeFilter.RECOVERED);
    var first = page(recovered, KeyOrder.DEFAULT, "");
    assertThat(first.keys().getFirst().name()).isEqualTo("user000001");
    for (var cursor : new String[] {"", first.after()}) {
      assertThat(read(recovered, KeyOrder.DEFAULT, cursor)).as("of 12,500").isLessThan(FEW_TESTED);
    }
  }

  @Test
  void keys_with_a_frequent_result_are_counted_without_reading_all_of_them() {
    var recovered = filter(tested("k.calls % 4 = 1"), KeyTestOutcomeFilter.RECOVERED);
    pool.test.asOwner("analyze");
    assertThat(counted(recovered)).isGreaterThan(KeyPageQuery.MOST_COUNTED);
    long read =
        RowsRead.by(
            pool.database,
            dsl -> {
              asOfMany(dsl);
              page(dsl, recovered, OptionalInt.empty(), KeyOrder.DEFAULT, "");
            },
            "api_keys",
            "key_tests");
    assertThat(read).as("of 25,000 in each table").isLessThan(18_000);
    var named = new KeyFilter("user00000", null, null, null, null);
    assertThat(page(named.with(recovered.tested()), KeyOrder.DEFAULT, "").keys())
        .as("with another filter")
        .hasSize(3);
  }

  private static int counted(KeyFilter filter) {
    return pool.database
        .read(dsl -> page(dsl, filter, OptionalInt.empty(), KeyOrder.DEFAULT, ""))
        .matching();
  }

  @Test
  void keys_with_a_frequent_result_are_listed_where_the_first_keys_have_another() {
    var batch = tested("k.calls > 15000");
    var recovered = filter(batch, KeyTestOutcomeFilter.RECOVERED);
    var first = page(recovered, KeyOrder.DEFAULT, "");
    assertThat(first.keys()).as("of the first 10,000").isEmpty();
    assertThat(first.partial()).isTrue();
    var next = page(recovered, KeyOrder.DEFAULT, first.after());
    assertThat(next.keys().getFirst().name()).isEqualTo("user015001");
    assertThat(page(recovered, KeyOrder.DEFAULT, next.after()).keys().getFirst().name())
        .isEqualTo("user015051");
  }

  /** A batch in which these keys recovered and the others failed. No statistics know it yet. */
  private static UUID tested(String recovered) {
    var batch = UUID.randomUUID();
    pool.test.asOwner(
        """
        with batch as (
          insert into recoveries (id, workspace_id, provider, trigger, state, started_at)
          select '%s', workspace_id, provider, 'asked', 'done', added_at from api_keys limit 1
          returning id, started_at)
        insert into key_tests (recovery_id, key_id, asked_at, from_status, result, ended_at)
        select b.id, k.id, b.started_at, 'failed', case when %s then 'active' else 'failed' end, b.started_at
        from batch b cross join api_keys k\
        """
            .formatted(batch, recovered));
    return batch;
  }

  @Test
  void a_search_for_a_part_of_a_name_reads_the_keys_with_its_rare_characters() {
    pool.test.asOwner("vacuum analyze api_keys"); // new entries of the index are a list apart
    var one = new KeyFilter("user017421", null, null, null, null);
    assertThat(page(one, KeyOrder.DEFAULT, "").keys())
        .extracting(ApiKey::name)
        .containsExactly("user017421");
    assertThat(read(one, KeyOrder.DEFAULT, "")).isLessThan(100);
    assertThat(
            pool.database
                .read(dsl -> KeyTextSearch.candidates(dsl, "user017421", DSL.noCondition()))
                .orElseThrow()
                .toString())
        .contains("like")
        .doesNotContain("%user017421%");
    var none = new KeyFilter("nser017421", null, null, null, null);
    assertThat(page(none, KeyOrder.DEFAULT, "").keys()).isEmpty();
  }

  @Test
  void searches_for_two_texts_are_one_statement_but_for_the_text() {
    var statements = new Statements();
    var database = statements.over(pool.database);
    for (var text : new String[] {"user00001", "user00002"}) {
      var search = new KeyFilter(text, null, null, null, null);
      database.read(dsl -> page(dsl, search, OptionalInt.empty(), KeyOrder.DEFAULT, ""));
    }
    assertThat(statements.matching(sql -> sql.contains("matching")))
        .hasSize(2)
        .extracting(sql -> sql.replaceAll("user0000[12]", "text"))
        .containsOnly(
            statements
                .matching(sql -> sql.contains("matching"))
                .getFirst()
                .replace("user00001", "text"));
  }

  @ParameterizedTest
  @EnumSource
  void a_text_that_no_index_finds_is_searched_in_so_many_keys(KeySort by) {
    var none = new KeyFilter("zq", null, null, null, null);
    for (boolean down : new boolean[] {false, true}) {
      var order = new KeyOrder(by, down);
      var first = page(none, order, "");
      assertThat(first.keys()).isEmpty();
      assertThat(first.partial()).isTrue();
      assertThat(first.after() != null).as("continued").isEqualTo(by.indexed());
      assertThat(read(none, order, "")).isLessThan(SEARCHED);
    }
  }

  @Test
  void the_next_part_of_a_search_begins_where_the_last_ended() {
    pool.test.asOwner(
        """
        update api_keys set name = name || ' q7' where name in ('user010000', 'user010001', 'user020002', 'user025000')\
        """);
    try {
      var last = new ArrayList<KeyPage>();
      var names = new ArrayList<String>();
      var cursor = "";
      while (cursor != null) {
        var page = page(SHORT, KeyOrder.DEFAULT, cursor);
        page.keys().forEach(key -> names.add(key.name()));
        last.add(page);
        cursor = page.after();
      }
      assertThat(names)
          .containsExactly("user010000 q7", "user010001 q7", "user020002 q7", "user025000 q7");
      assertThat(last).hasSize(3).extracting(KeyPage::partial).containsExactly(true, true, false);
      assertThat(last).extracting(KeyPage::matching).containsOnly(KeyPageQuery.NOT_COUNTED);
      cursor = last.getLast().before();
      names.clear();
      while (cursor != null) {
        var page = back(SHORT, KeyOrder.DEFAULT, cursor);
        page.keys().reversed().forEach(key -> names.add(key.name()));
        cursor = page.before();
      }
      assertThat(names).as("on the way back").containsExactly("user010001 q7", "user010000 q7");
    } finally {
      pool.test.asOwner("update api_keys set name = left(name, 10) where name like '% q7'");
    }
  }

  @Test
  void an_empty_part_of_a_search_leads_back_to_the_key_before_it() {
    pool.test.asOwner("update api_keys set name = name || ' q7' where name = 'user009999'");
    try {
      var first = page(SHORT, KeyOrder.DEFAULT, "");
      var empty = page(SHORT, KeyOrder.DEFAULT, first.after());
      assertThat(first.keys()).hasSize(1);
      assertThat(empty.keys()).isEmpty();
      assertThat(back(SHORT, KeyOrder.DEFAULT, empty.before()).keys())
          .extracting(ApiKey::name)
          .containsExactly("user009999 q7");
    } finally {
      pool.test.asOwner("update api_keys set name = left(name, 10) where name like '% q7'");
    }
  }

  /** No key has an account, so all are one value of the order. */
  @Test
  void an_empty_part_among_keys_of_one_account_leads_back_to_where_it_began() {
    pool.test.asOwner(
        """
        update api_keys set name = name || ' q7' where id in (
          (select id from api_keys order by id offset 100 limit 1),
          (select id from api_keys order by id desc offset 100 limit 1))\
        """);
    try {
      for (boolean down : new boolean[] {false, true}) {
        var order = new KeyOrder(KeySort.ACCOUNT, down);
        var first = page(SHORT, order, "");
        var empty = page(SHORT, order, first.after());
        assertThat(first.keys()).hasSize(1);
        assertThat(empty.keys()).isEmpty();
        assertThat(back(SHORT, order, empty.before()).keys()).isEqualTo(first.keys());
        var third = page(SHORT, order, empty.after());
        var emptyOnTheWayBack = back(SHORT, order, third.before());
        assertThat(third.keys()).hasSize(1).isNotEqualTo(first.keys());
        assertThat(emptyOnTheWayBack.keys()).isEmpty();
        assertThat(page(SHORT, order, emptyOnTheWayBack.after()).keys()).isEqualTo(third.keys());
      }
    } finally {
      pool.test.asOwner("update api_keys set name = left(name, 10) where name like '% q7'");
    }
  }

  @Test
  void a_search_of_as_many_keys_as_a_part_has_is_whole() {
    pool.test.asOwner("update api_keys set deleted_at = added_at where calls >= 10000");
    try {
      var some = new KeyFilter("99", null, null, null, null);
      for (var by : KeySort.values()) {
        var none = page(new KeyFilter("zq", null, null, null, null), new KeyOrder(by, true), "");
        assertThat(none.partial()).as(by.word()).isFalse();
        assertThat(none.after()).isNull();
      }
      assertThat(counted(some)).isEqualTo(280);
    } finally {
      pool.test.asOwner("update api_keys set deleted_at = null");
      pool.test.asOwner("vacuum analyze api_keys");
    }
  }

  @Test
  void a_frequent_text_is_counted_as_far_as_it_is_known() {
    var frequent = new KeyFilter("ser", null, null, null, null);
    assertThat(counted(frequent)).isEqualTo(KeyPageQuery.MOST_COUNTED + 1);
    assertThat(read(frequent, KeyOrder.DEFAULT, "")).isLessThan(READ_AT_MOST);
    var some = new KeyFilter("99", null, null, null, null);
    assertThat(counted(some)).as("less than 2,000 in 10,000").isEqualTo(KeyPageQuery.NOT_COUNTED);
  }

  @Test
  void of_an_account_with_many_keys_at_the_end_so_many_are_searched() {
    pool.test.asOwner("update api_keys set account = 'large' where calls > 20000");
    try {
      pool.test.asOwner("vacuum analyze api_keys");
      var large = new KeyFilter("", null, null, "large", null);
      assertThat(read(large, KeyOrder.DEFAULT, "")).isLessThan(SEARCHED);
      assertThat(read(large, new KeyOrder(KeySort.LAST_USED, false), "")).isLessThan(SEARCHED);
      assertThat(counted(large)).as("shown or not").isEqualTo(KeyPageQuery.MOST_COUNTED + 1);
    } finally {
      pool.test.asOwner("update api_keys set account = null where account = 'large'");
      pool.test.asOwner("vacuum analyze api_keys"); // else others find this account in statistics
    }
  }

  private static KeyPage back(KeyFilter filter, KeyOrder order, String cursor) {
    return pool.database.read(
        dsl ->
            KeyList.page(
                dsl, pool.workspace, filter, OptionalInt.empty(), order, cursor, true, PAGE));
  }

  private static KeyFilter filter(UUID batch, KeyTestOutcomeFilter as) {
    return KeyFilter.ALL.with(new KeyFilter.Tested(batch, as));
  }

  private static KeyPage page(KeyFilter filter, KeyOrder order, String cursor) {
    return pool.database.read(dsl -> page(dsl, filter, order, cursor));
  }

  private static KeyPage page(DSLContext dsl, KeyFilter filter, KeyOrder order, String cursor) {
    return page(dsl, filter, OptionalInt.of(0), order, cursor);
  }

  private static KeyPage page(
      DSLContext dsl, KeyFilter filter, OptionalInt known, KeyOrder order, String cursor) {
    return KeyList.page(dsl, pool.workspace, filter, known, order, cursor, false, PAGE);
  }

  /** To find a fifth of these keys, reading all is about as fast; of a million keys it never is. */
  private static void asOfMany(DSLContext dsl) {
    dsl.execute("set local enable_seqscan = off");
  }

  /** Rows that PostgreSQL reads of the table for a page. */
  private static long read(KeyFilter filter, KeyOrder order, String cursor) {
    return RowsRead.by(
        pool.database,
        dsl -> {
          if (filter.tested() != null) {
            asOfMany(dsl);
          }
          page(dsl, filter, order, cursor);
        },
        "api_keys");
  }
}
