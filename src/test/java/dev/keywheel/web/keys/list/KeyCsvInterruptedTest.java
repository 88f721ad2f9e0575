package dev.keywheel.web.keys.list;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.search.KeyList;
import dev.keywheel.support.TestPool;
import dev.keywheel.web.page.Csv;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The CSV export of the list of keys while the database fails. */
class KeyCsvInterruptedTest {
  @AutoClose private final TestPool pool = new TestPool();

  @Test
  void an_incomplete_csv_says_so_in_its_last_line() throws IOException {
    pool.add(2);
    var file =
        new ByteArrayOutputStream() {
          @Override
          public synchronized void write(byte[] bytes, int from, int length) {
            if (size() == 0) {
              pool.test.asOwner("alter table api_keys rename to api_keys_away");
            }
            super.write(bytes, from, length);
          }
        };

    new KeyCsv(new KeyList(pool.database)).write(pool.workspace, KeysQuery.ofPath("/keys"), file);

    pool.test.asOwner("alter table api_keys_away rename to api_keys");
    var text = file.toString(StandardCharsets.UTF_8);
    assertThat(text).startsWith("name,key,provider").endsWith("\r\n" + Csv.INCOMPLETE);
  }
}
