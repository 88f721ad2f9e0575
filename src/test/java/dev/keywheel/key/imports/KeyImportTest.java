package dev.keywheel.key.imports;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_IMPORTS;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.KeyImportsRecord;
import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("full")
final class KeyImportTest {
  private static final String K = "sk-or-v1-0123456789abcdef0123456789abcdef-";

  @AutoClose private final TestPool t = new TestPool();
  private final KeyImport imports =
      new KeyImport(t.database, t.vault, t.audit, t.jobs, t.ids, t.clock);

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
    assertThat(preview.lines().stream().map(ImportLine::status).toList())
        .isEqualTo(
            List.of(
                ImportStatus.NEW,
                ImportStatus.IN_POOL,
                ImportStatus.REPEATED,
                ImportStatus.BAD,
                ImportStatus.NEW,
                ImportStatus.NEW));
    assertThat(preview.lines().get(1).note()).isEqualTo("In the pool as “bob”");
    assertThat(preview.lines().get(2).note()).isEqualTo("The same key as on line 1");
    assertThat(preview.lines().get(4).name()).isEqualTo("a@b.com (2)");
    assertThat(preview.lines().get(5).name()).isEqualTo("sk-or-v1-012…ef-3");
    assertThat(t.pool.status().counts(t.id).all()).isEqualTo(1);
  }

  @Test
  void the_confirmation_adds_new_keys_once() {
    ImportReport preview = imports.preview(t.id, "a@b.com " + K + "1\n" + K + "2", t.admin);
    ImportReport done = imports.confirm(preview.id(), t.admin);
    assertThat(done.confirmed()).isTrue();
    assertThat(t.pool.status().counts(t.id).active()).isEqualTo(2);
    assertThat(imports.confirm(preview.id(), t.admin).lines()).isEqualTo(done.lines());
    assertThat(t.pool.status().counts(t.id).active()).isEqualTo(2);
    var key = t.pool.rotation().findNext(t.id, dev.keywheel.provider.ModelClass.FREE, 1).getFirst();
    assertThat(t.pool.secrets().open(t.workspace, key.id()).reveal()).isEqualTo(K + "1");
  }

  @Test
  void concurrent_confirmations_import_once() throws Exception {
    ImportReport preview = imports.preview(t.id, K + "1\n" + K + "2", t.admin);
    List<Callable<ImportReport>> confirmations = new ArrayList<>();
    IntStream.range(0, 8)
        .forEach(i -> confirmations.add(() -> imports.confirm(preview.id(), t.admin)));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var done : threads.invokeAll(confirmations)) {
        assertThat(done.get().count(ImportStatus.NEW)).isEqualTo(2);
      }
    }
    assertThat(t.pool.status().counts(t.id).all()).isEqualTo(2);
  }

  @Test
  void a_key_added_since_the_preview_is_reported() {
    ImportReport one = imports.preview(t.id, K + "1\n" + K + "2", t.admin);
    ImportReport two = imports.preview(t.id, "mine " + K + "2", t.admin);
    imports.confirm(two.id(), t.admin);
    ImportReport done = imports.confirm(one.id(), t.admin);
    assertThat(done.lines().get(1).status()).isEqualTo(ImportStatus.IN_POOL);
    assertThat(done.lines().get(1).note()).isEqualTo("In the pool as “mine”");
  }

  @Test
  void a_key_whose_name_was_taken_since_the_preview_gets_another_name() {
    ImportReport mine = imports.preview(t.id, "alice " + K + "1", t.admin);
    ImportReport theirs = imports.preview(t.id, "alice " + K + "2", t.admin);
    imports.confirm(theirs.id(), t.admin);
    ImportLine line = imports.confirm(mine.id(), t.admin).lines().getFirst();
    assertThat(line.name()).isEqualTo("alice (2)");
    assertThat(line.note()).isEqualTo("The name “alice” is taken already");
    List<String> names =
        t.database.read(
            dsl ->
                dsl.select(API_KEYS.NAME)
                    .from(API_KEYS)
                    .orderBy(API_KEYS.NAME)
                    .fetch(API_KEYS.NAME));
    assertThat(names).containsExactly("alice", "alice (2)");
  }

  @Test
  void requests_do_not_wait_for_an_import_while_it_inserts_its_keys() throws Exception {
    UUID bob = t.add("bob").getFirst();
    var line =
        importedDuring(
            tx -> rename(tx, bob, "alice"),
            tx -> {
              tx.dsl().execute("set local lock_timeout = '500ms'");
              PoolRepository.lockAll(tx, t.workspace);
            });
    assertThat(line.name()).isEqualTo("alice (2)");
    assertThat(t.pool.status().counts(t.id).active()).isEqualTo(3);
  }

  @Test
  void an_import_in_conflict_with_a_change_that_holds_the_pool_begins_again() throws Exception {
    UUID bob = t.add("bob").getFirst();
    var line =
        importedDuring(
            tx -> PoolRepository.lockAll(tx, t.workspace), tx -> rename(tx, bob, "alice"));
    assertThat(line.name()).isEqualTo("alice (2)");
    assertThat(t.pool.status().counts(t.id).active()).isEqualTo(3);
  }

  /**
   * Imports two keys, the first one named alice, during another transaction.
   *
   * @param before what the transaction does first, for which the import waits
   * @param then what it does while the import waits
   * @return the line of the first key
   */
  private ImportLine importedDuring(Consumer<Tx> before, Consumer<Tx> then) throws Exception {
    ImportReport preview = imports.preview(t.id, "alice " + K + "1\n" + K + "2", t.admin);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<ImportReport> confirmed =
          t.database.inTx(
              tx -> {
                before.accept(tx);
                var confirming = threads.submit(() -> imports.confirm(preview.id(), t.admin));
                Await.until("the import waits", () -> TestDatabase.anotherWaitsForLock(tx));
                then.accept(tx);
                return confirming;
              });
      return confirmed.get().lines().getFirst();
    }
  }

  @Test
  void an_import_begins_again_after_two_deadlocks() {
    ImportReport preview = imports.preview(t.id, "alice " + K + "1", t.admin);
    t.test.asOwner(
        """
        create sequence inserts;
        create function fail_twice() returns trigger language plpgsql security definer as $$
        begin
          if nextval('inserts') <= 2 then
            raise exception using errcode = 'deadlock_detected';
          end if;
          return null;
        end
        $$;
        create trigger fail_twice before insert on api_keys for each statement execute function fail_twice()""");

    imports.confirm(preview.id(), t.admin);

    assertThat(t.pool.status().counts(t.id).active()).isEqualTo(1);
  }

  private static void rename(Tx tx, UUID key, String name) {
    tx.dsl().update(API_KEYS).set(API_KEYS.NAME, name).where(API_KEYS.ID.eq(key)).execute();
  }

  @Test
  void names_that_only_the_database_considers_equal_get_numbers() {
    ImportReport preview =
        imports.preview(
            t.id, "ΟΔΟΣ," + K + "1\nοδοσ," + K + "2\nİ," + K + "3\ni," + K + "4", t.admin);
    assertThat(imports.confirm(preview.id(), t.admin).lines())
        .extracting(ImportLine::name)
        .doesNotHaveDuplicates();
  }

  @Test
  void importing_the_same_text_again_changes_nothing() {
    imports.confirm(imports.preview(t.id, K + "1\n" + K + "2", t.admin).id(), t.admin);
    ImportReport again = imports.preview(t.id, K + "1\n" + K + "2", t.admin);
    assertThat(again.count(ImportStatus.NEW)).isEqualTo(0);
    assertThat(again.count(ImportStatus.IN_POOL)).isEqualTo(2);
  }

  @Test
  void an_expired_preview_is_refused_and_its_secrets_are_erased() {
    ImportReport preview = imports.preview(t.id, K + "1", t.admin);
    t.clock.tick(Duration.ofMinutes(61));
    assertThatThrownBy(() -> imports.confirm(preview.id(), t.admin)).isInstanceOf(Conflict.class);
    assertThat(imports.eraseExpiredSecrets()).isEqualTo(1);
    assertThat(imports.eraseExpiredSecrets()).isEqualTo(0);
    assertThat(imports.get(t.workspace, preview.id()).expired()).isTrue();
    assertThatThrownBy(() -> imports.get(t.ids.next(), preview.id())).isInstanceOf(NotFound.class);
  }

  @Test
  void no_table_contains_a_secret_in_plain_text() {
    ImportReport waiting = imports.preview(t.id, "a@b.com " + K + "canary", t.admin);
    assertThat(waiting.toString().contains(K)).isFalse();
    KeyImportsRecord imported = t.database.read(dsl -> dsl.selectFrom(KEY_IMPORTS).fetchSingle());
    assertThat(imported.formatJSON()).doesNotContain(K);
    assertThat(new String(imported.getCiphertext(), ISO_8859_1)).doesNotContain(K);
    imports.confirm(waiting.id(), t.admin);
    String keys = t.database.read(dsl -> dsl.selectFrom(API_KEYS).fetch().formatJSON());
    assertThat(keys.contains(K)).isFalse();
    assertThat(keys.contains("nary")).as("the last four characters are stored").isTrue();
    byte[] sealed =
        t.database.read(dsl -> dsl.selectFrom(API_KEYS).fetchSingle(API_KEYS.CIPHERTEXT));
    assertThat(new String(sealed, ISO_8859_1)).doesNotContain(K);
  }
}
