package dev.keywheel.key.imports;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_IMPORTS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class KeyImportTest {
  private static final String K = "sk-or-v1-0123456789abcdef0123456789abcdef-";

  private final TestPool t = new TestPool();
  private final KeyImport imports =
      new KeyImport(
          t.database, t.vault, new Audit(t.database, t.vault.auditKeys(), t.clock), t.ids, t.clock);

  @AfterEach
  void close() {
    t.close();
  }

  @Test
  void the_preview_shows_the_status_of_each_line_and_writes_no_key() {
    t.add("bob");
    String text =
        "a@b.com "
            + K
            + "1\nsk-or-v1-test-secret-of-bob\nagain "
            + K
            + "1\nnope\na@b.com "
            + K
            + "2\n"
            + K
            + "3";
    ImportReport preview = imports.preview(t.id, text, t.admin);
    assertEquals(
        List.of(
            ImportStatus.NEW,
            ImportStatus.IN_POOL,
            ImportStatus.REPEATED,
            ImportStatus.BAD,
            ImportStatus.NEW,
            ImportStatus.NEW),
        preview.lines().stream().map(ImportLine::fate).toList());
    assertEquals("In the pool as “bob”", preview.lines().get(1).note());
    assertEquals("The same key as on line 1", preview.lines().get(2).note());
    assertEquals("a@b.com (2)", preview.lines().get(4).name());
    assertEquals("sk-or-v1-012…ef-3", preview.lines().get(5).name());
    assertEquals(1, t.pool.status().counts(t.id).all());
  }

  @Test
  void the_confirmation_adds_new_keys_once() {
    ImportReport preview = imports.preview(t.id, "a@b.com " + K + "1\n" + K + "2", t.admin);
    ImportReport done = imports.confirm(preview.id(), t.admin);
    assertTrue(done.confirmed());
    assertEquals(2, t.pool.status().counts(t.id).active());
    assertEquals(done.lines(), imports.confirm(preview.id(), t.admin).lines());
    assertEquals(2, t.pool.status().counts(t.id).active());
    var key = t.pool.rotation().findNext(t.id, dev.keywheel.provider.ModelClass.FREE, 1).getFirst();
    assertEquals(K + "1", t.pool.secrets().open(t.workspace, key.id()).reveal());
  }

  @Test
  void concurrent_confirmations_import_once() throws Exception {
    ImportReport preview = imports.preview(t.id, K + "1\n" + K + "2", t.admin);
    List<Callable<ImportReport>> presses = new ArrayList<>();
    IntStream.range(0, 8).forEach(i -> presses.add(() -> imports.confirm(preview.id(), t.admin)));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var done : threads.invokeAll(presses)) {
        assertEquals(2, done.get().count(ImportStatus.NEW));
      }
    }
    assertEquals(2, t.pool.status().counts(t.id).all());
  }

  @Test
  void reports_a_key_added_since_the_preview() {
    ImportReport one = imports.preview(t.id, K + "1\n" + K + "2", t.admin);
    ImportReport two = imports.preview(t.id, "mine " + K + "2", t.admin);
    imports.confirm(two.id(), t.admin);
    ImportReport done = imports.confirm(one.id(), t.admin);
    assertEquals(ImportStatus.IN_POOL, done.lines().get(1).fate());
    assertEquals("In the pool as “mine”", done.lines().get(1).note());
  }

  @Test
  void renames_a_key_whose_name_was_taken_since_the_preview() {
    ImportReport mine = imports.preview(t.id, "alice " + K + "1", t.admin);
    ImportReport theirs = imports.preview(t.id, "alice " + K + "2", t.admin);
    imports.confirm(theirs.id(), t.admin);
    ImportLine line = imports.confirm(mine.id(), t.admin).lines().getFirst();
    assertEquals("alice (2)", line.name());
    assertEquals("The name “alice” is taken already", line.note());
    assertEquals(
        List.of("alice", "alice (2)"),
        t.database.read(
            dsl ->
                dsl.select(API_KEYS.NAME)
                    .from(API_KEYS)
                    .orderBy(API_KEYS.NAME)
                    .fetch(API_KEYS.NAME)));
  }

  @Test
  void importing_the_same_text_again_changes_nothing() {
    imports.confirm(imports.preview(t.id, K + "1\n" + K + "2", t.admin).id(), t.admin);
    ImportReport again = imports.preview(t.id, K + "1\n" + K + "2", t.admin);
    assertEquals(0, again.count(ImportStatus.NEW));
    assertEquals(2, again.count(ImportStatus.IN_POOL));
  }

  @Test
  void an_expired_preview_is_refused_and_its_secrets_are_erased() {
    ImportReport preview = imports.preview(t.id, K + "1", t.admin);
    t.clock.tick(Duration.ofMinutes(61));
    assertThrows(Conflict.class, () -> imports.confirm(preview.id(), t.admin));
    assertEquals(1, imports.forget());
    assertEquals(0, imports.forget());
    assertTrue(imports.get(t.workspace, preview.id()).expired());
    assertThrows(NotFound.class, () -> imports.get(t.ids.next(), preview.id()));
  }

  @Test
  void no_table_contains_a_secret_in_clear() {
    ImportReport waiting = imports.preview(t.id, "a@b.com " + K + "canary", t.admin);
    assertFalse(waiting.toString().contains(K));
    String imported = t.database.read(dsl -> dsl.selectFrom(KEY_IMPORTS).fetch().formatJSON());
    assertFalse(imported.contains(K));
    imports.confirm(waiting.id(), t.admin);
    String keys = t.database.read(dsl -> dsl.selectFrom(API_KEYS).fetch().formatJSON());
    assertFalse(keys.contains(K));
    assertTrue(keys.contains("nary"), "the last four are there");
  }

  @Test
  void imports_ten_thousand_lines_at_once() {
    String text =
        IntStream.range(0, 10_000)
            .mapToObj(i -> "user" + i + "@example.com " + K + i)
            .collect(Collectors.joining("\n"));
    long start = System.nanoTime();
    ImportReport preview = imports.preview(t.id, text, t.admin);
    long previewed = System.nanoTime();
    imports.confirm(preview.id(), t.admin);
    long confirmed = System.nanoTime();
    System.out.printf(
        "10,000 keys: preview %d ms, confirm %d ms%n",
        (previewed - start) / 1_000_000, (confirmed - previewed) / 1_000_000);
    assertEquals(10_000, t.pool.status().counts(t.id).active());
  }
}
