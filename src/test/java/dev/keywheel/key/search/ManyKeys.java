package dev.keywheel.key.search;

import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestPool;
import java.util.OptionalInt;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** A pool of keys {@code user000001} and so on, and the pages of their list. */
final class ManyKeys {
  static final int PAGE = 50;

  /** Enough for the rows of a page, read twice, and the rows between them that a filter omits. */
  static final long READ_AT_MOST = 2_000;

  /** More keys than are sorted, so that the query does not count them. */
  private static final OptionalInt COUNTED = OptionalInt.of(KeyPageQuery.MAX_SORTED + 1);

  final TestPool pool = new TestPool();

  /** Disables autovacuum, so that the planner's statistics depend only on the test. */
  ManyKeys(int number) {
    pool.test.disableAutovacuum();
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
            .formatted(number));
    pool.test.asOwner("analyze");
  }

  void close() {
    pool.close();
  }

  KeyPage page(KeyFilter filter, KeyOrder order, @Nullable String cursor) {
    return page(filter, order, cursor, false);
  }

  KeyPage back(KeyFilter filter, KeyOrder order, @Nullable String cursor) {
    return page(filter, order, cursor, true);
  }

  private KeyPage page(
      KeyFilter filter, KeyOrder order, @Nullable String cursor, boolean backwards) {
    return pool.database.read(
        dsl -> page(dsl, filter, OptionalInt.empty(), order, cursor, backwards));
  }

  KeyPage page(
      DSLContext dsl,
      KeyFilter filter,
      OptionalInt known,
      KeyOrder order,
      String cursor,
      boolean backwards) {
    return KeyList.page(
        dsl, pool.workspace, filter, order, new KeyPage.Slice(known, cursor, backwards, PAGE));
  }

  int counted(KeyFilter filter) {
    return pool.database
        .read(dsl -> page(dsl, filter, OptionalInt.empty(), KeyOrder.DEFAULT, "", false))
        .matching();
  }

  /** Number of rows that PostgreSQL reads from the table for a page. */
  long read(KeyFilter filter, KeyOrder order, String cursor) {
    return RowsRead.by(
        pool.database, dsl -> page(dsl, filter, COUNTED, order, cursor, false), "api_keys");
  }
}
