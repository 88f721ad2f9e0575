package dev.keywheel;

import dev.keywheel.support.TestDatabase;
import java.util.Map;
import java.util.TreeMap;

/** The contents of a test database, to detect writes. */
final class Rows {
  private Rows() {}

  /** A fingerprint of each table by its name. */
  static Map<String, String> of(TestDatabase database) {
    return database
        .database()
        .read(
            dsl -> {
              var rows = new TreeMap<String, String>();
              var names =
                  dsl.fetchValues(
                      "select relname::text from pg_class where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace");
              for (var name : names) {
                var sql =
                    "select md5(string_agg(t::text, '' order by t::text)) from " + name + " t";
                rows.put(String.valueOf(name), String.valueOf(dsl.fetchValue(sql)));
              }
              return rows;
            });
  }
}
