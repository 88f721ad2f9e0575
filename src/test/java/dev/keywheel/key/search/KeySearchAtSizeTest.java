package dev.keywheel.key.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.state.ApiKey;
import dev.keywheel.support.RowsRead;
import java.util.ArrayList;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Searches of 25,000 keys that use no index and are made in parts of 10,000 keys. */
@Tag("full")
class KeySearchAtSizeTest {
  /** Enough for the keys that a search compares, and those that the parts of a filter look up. */
  private static final long SEARCHED = KeyPageQuery.MAX_SEARCHED + ManyKeys.READ_AT_MOST + 1_000;

  private static final KeyFilter SHORT = new KeyFilter("q7", null, null, null, null);

  @AutoClose private static final ManyKeys keys = new ManyKeys(25_000);

  @ParameterizedTest
  @EnumSource
  void a_text_for_which_no_index_helps_is_searched_in_a_limited_number_of_keys(KeySort by) {
    var none = new KeyFilter("zq", null, null, null, null);
    for (boolean down : new boolean[] {false, true}) {
      var order = new KeyOrder(by, down);
      var first = keys.page(none, order, "");
      assertThat(first.keys()).isEmpty();
      assertThat(first.partial()).isTrue();
      assertThat(first.after() != null).as("continued").isEqualTo(by.indexed());
      if (by != KeySort.ROTATION) { // the planner joins so few keys with the whole rotation
        assertThat(keys.read(none, order, "")).isLessThan(SEARCHED);
      }
    }
  }

  @Test
  void matches_are_not_counted_when_only_the_keys_assigned_last_are_searched() {
    keys.pool.test.asOwner(
        "update api_keys set name = name || ' q9' where calls between 1 and 60 or calls = 25000");
    try {
      var some = new KeyFilter("q9", null, null, null, null);
      var page = keys.page(some, new KeyOrder(KeySort.CALLS, true), "");
      assertThat(page.keys()).hasSize(ManyKeys.PAGE);
      assertThat(page.matching()).isEqualTo(KeyPageQuery.NOT_COUNTED);
    } finally {
      keys.pool.test.asOwner("update api_keys set name = replace(name, ' q9', '')");
    }
  }

  @Test
  void the_next_part_of_a_search_begins_where_the_previous_part_ended() {
    keys.pool.test.asOwner(
        """
        update api_keys set name = name || ' q7' where name in ('user010000', 'user010001', 'user020002', 'user025000')\
        """);
    try {
      var last = new ArrayList<KeyPage>();
      var names = new ArrayList<String>();
      var cursor = "";
      while (cursor != null) {
        var page = keys.page(SHORT, KeyOrder.DEFAULT, cursor);
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
        var page = keys.back(SHORT, KeyOrder.DEFAULT, cursor);
        page.keys().reversed().forEach(key -> names.add(key.name()));
        cursor = page.before();
      }
      assertThat(names).as("on the way back").containsExactly("user010001 q7", "user010000 q7");
    } finally {
      keys.pool.test.asOwner("update api_keys set name = left(name, 10) where name like '% q7'");
    }
  }

  @Test
  void an_empty_part_of_a_search_leads_back_to_the_key_before_it() {
    keys.pool.test.asOwner("update api_keys set name = name || ' q7' where name = 'user009999'");
    try {
      var first = keys.page(SHORT, KeyOrder.DEFAULT, "");
      var empty = keys.page(SHORT, KeyOrder.DEFAULT, first.after());
      assertThat(first.keys()).hasSize(1);
      assertThat(empty.keys()).isEmpty();
      assertThat(keys.back(SHORT, KeyOrder.DEFAULT, empty.before()).keys())
          .extracting(ApiKey::name)
          .containsExactly("user009999 q7");
    } finally {
      keys.pool.test.asOwner("update api_keys set name = left(name, 10) where name like '% q7'");
    }
  }

  /** No key has an account, so all have the same value in this order. */
  @Test
  void an_empty_part_among_keys_of_one_account_leads_back_to_its_beginning() {
    keys.pool.test.asOwner(
        """
        update api_keys set name = name || ' q7' where id in (
          (select id from api_keys order by id offset 100 limit 1),
          (select id from api_keys order by id desc offset 100 limit 1))\
        """);
    try {
      for (boolean down : new boolean[] {false, true}) {
        var order = new KeyOrder(KeySort.ACCOUNT, down);
        var first = keys.page(SHORT, order, "");
        var empty = keys.page(SHORT, order, first.after());
        assertThat(first.keys()).hasSize(1);
        assertThat(empty.keys()).isEmpty();
        assertThat(keys.back(SHORT, order, empty.before()).keys()).isEqualTo(first.keys());
        var third = keys.page(SHORT, order, empty.after());
        var emptyOnTheWayBack = keys.back(SHORT, order, third.before());
        assertThat(third.keys()).hasSize(1).isNotEqualTo(first.keys());
        assertThat(emptyOnTheWayBack.keys()).isEmpty();
        assertThat(keys.page(SHORT, order, emptyOnTheWayBack.after()).keys())
            .isEqualTo(third.keys());
      }
    } finally {
      keys.pool.test.asOwner("update api_keys set name = left(name, 10) where name like '% q7'");
    }
  }

  @Test
  void a_search_of_exactly_one_part_is_not_partial() {
    keys.pool.test.asOwner("update api_keys set deleted_at = added_at where calls >= 10000");
    try {
      var some = new KeyFilter("99", null, null, null, null);
      for (var by : KeySort.values()) {
        var none =
            keys.page(new KeyFilter("zq", null, null, null, null), new KeyOrder(by, true), "");
        assertThat(none.partial()).as(by.word()).isFalse();
        assertThat(none.after()).isNull();
      }
      assertThat(keys.counted(some)).isEqualTo(280);
    } finally {
      keys.pool.test.asOwner("update api_keys set deleted_at = null");
      keys.pool.test.asOwner("vacuum analyze api_keys");
    }
  }

  @Test
  void a_frequent_text_is_counted_up_to_the_limit() {
    var frequent = new KeyFilter("ser", null, null, null, null);
    assertThat(keys.counted(frequent)).isEqualTo(KeyPageQuery.MAX_COUNTED + 1);
    assertThat(keys.read(frequent, KeyOrder.DEFAULT, "")).isLessThan(ManyKeys.READ_AT_MOST);
    var some = new KeyFilter("99", null, null, null, null);
    assertThat(keys.counted(some))
        .as("less than 2,000 in 10,000")
        .isEqualTo(KeyPageQuery.NOT_COUNTED);
  }

  @Test
  void only_a_limited_number_of_keys_of_a_large_account_is_searched() {
    keys.pool.test.asOwner("update api_keys set account = 'large' where calls > 20000");
    try {
      keys.pool.test.asOwner("vacuum analyze api_keys");
      var large = new KeyFilter("", null, null, "large", null);
      assertThat(keys.read(large, KeyOrder.DEFAULT, "")).isLessThan(SEARCHED);
      assertThat(keys.read(large, new KeyOrder(KeySort.LAST_USED, false), "")).isLessThan(SEARCHED);
      assertThat(keys.counted(large))
          .as("counted up to the limit")
          .isEqualTo(KeyPageQuery.MAX_COUNTED + 1);
    } finally {
      keys.pool.test.asOwner("update api_keys set account = null where account = 'large'");
      keys.pool.test.asOwner(
          "vacuum analyze api_keys"); // or other tests find this account in the statistics
    }
  }

  @Test
  void the_other_keys_of_a_large_account_are_counted_up_to_a_bound() {
    keys.pool.test.asOwner("update api_keys set account = 'large' where calls > 0");
    try {
      keys.pool.test.asOwner("vacuum analyze api_keys");
      var key = keys.page(KeyFilter.ALL, KeyOrder.DEFAULT, "").keys().getLast();
      long read = RowsRead.by(keys.pool.database, dsl -> KeyHistory.siblings(dsl, key), "api_keys");
      assertThat(read).isLessThan(KeyHistory.MAX_SIBLINGS + 100);
      assertThat(keys.pool.database.<Integer>read(dsl -> KeyHistory.siblings(dsl, key)))
          .isEqualTo(KeyHistory.MAX_SIBLINGS + 1);
    } finally {
      keys.pool.test.asOwner("update api_keys set account = null where account = 'large'");
      keys.pool.test.asOwner("vacuum analyze api_keys");
    }
  }
}
