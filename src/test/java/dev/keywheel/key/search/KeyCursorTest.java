package dev.keywheel.key.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.key.edit.KeyTrash;
import dev.keywheel.support.TestPool;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("full")
class KeyCursorTest {
  private static final UUID ID = new UUID(0, 1);

  @AutoClose private final TestPool t = new TestPool();

  @Test
  void a_cursor_is_read_back_from_its_text() {
    var cursor = new KeyCursor("ada@example.org", ID);
    assertThat(KeyCursor.of(cursor.text())).contains(cursor);
  }

  @ParameterizedTest
  @EnumSource
  void a_cursor_with_a_value_that_the_database_cannot_store_is_ignored(KeySort by) {
    t.add(2);
    assertThat(page(by, cursor("\0")).keys()).hasSize(2);
    if (by == KeySort.LAST_USED || by == KeySort.LAST_TESTED) {
      assertThat(page(by, cursor(Instant.MAX.toString())).keys()).hasSize(2);
    }
  }

  @Test
  void a_cursor_of_the_trash_with_a_value_that_the_database_cannot_store_is_ignored() {
    t.edits(10).delete(t.admin, Selection.of(t.add(2)));
    var deleted = new KeyTrash.TrashFilter("", t.clock.instant());
    for (var value : List.of("\0", Instant.MAX.toString())) {
      assertThat(
              new KeyTrash(t.database).part(t.workspace, deleted, cursor(value), false, 5).keys())
          .hasSize(2);
    }
  }

  private static String cursor(String value) {
    return new KeyCursor(value, ID).text();
  }

  private KeyPage page(KeySort by, String cursor) {
    return new KeyList(t.database)
        .page(
            t.workspace,
            KeyFilter.ALL,
            new KeyOrder(by, false),
            new KeyPage.Slice(OptionalInt.empty(), cursor, false, 10));
  }
}
