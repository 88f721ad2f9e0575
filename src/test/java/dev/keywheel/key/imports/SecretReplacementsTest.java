package dev.keywheel.key.imports;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_CHANGES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.key.state.Observations;
import dev.keywheel.problem.Rejected;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.support.Statements;
import dev.keywheel.support.TestKeys;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("full")
class SecretReplacementsTest {
  private static final String NEW = "sk-or-v1-the-new-secret-of-this-key-";

  @AutoClose private final TestPool t = new TestPool();
  private final KeyImport imports =
      new KeyImport(t.database, t.vault, t.audit, t.jobs, t.ids, t.clock);
  private final SecretReplacements replacements = imports.replacements();

  @Test
  void a_new_secret_replaces_the_old_one_and_the_rest_of_the_key_stays() {
    UUID key = t.add("ada").getFirst();
    t.edits(5_000).tag(t.admin, Selection.of(List.of(key)), "mine", true);
    t.database.runTx(
        tx -> t.pool.updater().recordUse(tx, key, true, Usage.NONE, 5, t.clock.instant()));
    recordRefusal(key, 1);
    byte[] before = ciphertext(key);

    replacements.replace(t.admin, t.id, key, " Bearer " + NEW + "1 ");

    assertThat(t.pool.secrets().open(t.workspace, key).reveal()).isEqualTo(NEW + "1");
    assertThat(Arrays.equals(before, ciphertext(key))).isFalse();
    var now = t.key(key);
    assertThat(now.status()).isEqualTo(KeyStatus.ACTIVE);
    assertThat(now.name()).isEqualTo("ada");
    assertThat(now.tags()).containsExactly("mine");
    assertThat(now.calls()).isEqualTo(1);
    assertThat(now.masked()).isEqualTo("sk-or-v1-the…ey-1");
    assertThat(changes(key)).containsSubsequence("added", "tags", "status", "secret");
    assertThatThrownBy(() -> replacements.replace(t.admin, t.id, key, NEW + "1"))
        .isInstanceOf(Rejected.class)
        .hasMessage("This is the secret that the key already has.");
  }

  @Test
  void a_typed_account_is_kept_and_a_detected_one_is_cleared() {
    List<UUID> keys = t.add(2);
    t.edits(5_000).setAccount(t.admin, Selection.of(List.of(keys.getFirst())), "typed@example.com");
    recordSuccess(keys.get(1), "found@example.com");
    keys.forEach(key -> replacements.replace(t.admin, t.id, key, NEW + key));
    assertThat(t.key(keys.getFirst()).account()).isEqualTo("typed@example.com");
    assertThat(t.key(keys.get(1)).account()).isNull();
  }

  @Test
  void the_secret_of_another_key_and_a_malformed_one_are_refused() {
    List<UUID> keys = t.add("ada", "bob");
    UUID ada = keys.getFirst();
    assertThatThrownBy(
            () -> replacements.replace(t.admin, t.id, ada, "sk-or-v1-test-secret-of-bob"))
        .hasMessage("Another key has this secret: bob.");
    t.edits(5_000).delete(t.admin, Selection.of(List.of(keys.get(1))));
    assertThatThrownBy(
            () -> replacements.replace(t.admin, t.id, ada, "sk-or-v1-test-secret-of-bob"))
        .hasMessage("A key in the trash has this secret: bob. Restore it instead.");
    assertThatThrownBy(() -> replacements.replace(t.admin, t.id, ada, "sk-ant-0123456789abcdef"))
        .hasMessage("Looks like a key for Anthropic, not for OpenRouter.");
    assertThatThrownBy(() -> replacements.replace(t.admin, t.id, ada, NEW + "1\n" + NEW + "2"))
        .hasMessage("Paste one secret. These are 2.");
  }

  @Test
  void an_answer_for_the_old_secret_does_not_mark_the_new_one() {
    UUID key = t.add("ada").getFirst();
    replacements.replace(t.admin, t.id, key, NEW + "1");
    t.clock.tick(Duration.ofMinutes(1));
    recordRefusal(key, 1);
    var limited =
        Observations.limited(
            t.clock.instant(), LimitScope.KEY, LimitClass.ALL, KeyReason.KEY_CAP, null);
    t.database.runTx(
        tx ->
            t.pool
                .updater()
                .recordCall(
                    tx, t.id, key, 1, limited, ModelClass.FREE, t.clock.instant(), TestKeys.ACTOR));
    assertThat(t.key(key).status()).isEqualTo(KeyStatus.ACTIVE);
    assertThat(t.key(key).lastTestedAt()).isNull();
    recordRefusal(key, 2);
    assertThat(t.key(key).status()).isEqualTo(KeyStatus.FAILED);
  }

  /** The lower case of both names is equal in Java, but not in the index of names. */
  @Test
  void failed_keys_whose_names_have_the_same_lower_case_are_both_replaced() {
    List<UUID> keys = t.add("ΟΔΟΣ", "street");
    t.database.runTx(
        tx -> tx.dsl().execute("update api_keys set name = 'οδος' where name = 'street'"));
    keys.forEach(key -> recordRefusal(key, 1));
    String text = "ΟΔΟΣ " + NEW + "1\nοδος " + NEW + "2\nΟΔΟΣ " + NEW + "3";
    ImportReport preview = replacements.preview(t.id, text, t.admin);
    assertThat(preview.lines().stream().map(ImportLine::status))
        .containsExactly(ImportStatus.REPLACES, ImportStatus.REPLACES, ImportStatus.BAD);
    replacements.confirm(preview.id(), t.admin);
    assertThat(t.pool.secrets().open(t.workspace, keys.get(0)).reveal()).isEqualTo(NEW + "1");
    assertThat(t.pool.secrets().open(t.workspace, keys.get(1)).reveal()).isEqualTo(NEW + "2");
  }

  @Test
  void a_preview_names_the_key_whose_secret_each_line_replaces_and_writes_nothing() {
    List<UUID> keys = t.add("ada", "bob", "cleo", "dan", "eve");
    keys.subList(0, 4).forEach(key -> recordRefusal(key, 1));
    String text =
        String.join(
            "\n",
            NEW + "1",
            "CLEO " + NEW + "2",
            "eve " + NEW + "3",
            "sk-or-v1-test-secret-of-eve",
            NEW + "1",
            NEW + "4",
            NEW + "5",
            NEW + "6");
    ImportReport preview = replacements.preview(t.id, text, t.admin);
    assertThat(preview.lines().stream().map(ImportLine::status))
        .containsExactly(
            ImportStatus.REPLACES,
            ImportStatus.REPLACES,
            ImportStatus.BAD,
            ImportStatus.IN_POOL,
            ImportStatus.REPEATED,
            ImportStatus.REPLACES,
            ImportStatus.REPLACES,
            ImportStatus.BAD);
    assertThat(preview.lines().stream().filter(ImportLine::planned).map(ImportLine::name))
        .containsExactly("ada", "cleo", "bob", "dan");
    assertThat(t.key(keys.getFirst()).status()).isEqualTo(KeyStatus.FAILED);

    assertThat(replacements.confirm(preview.id(), t.admin).untested())
        .containsExactlyInAnyOrderElementsOf(keys.subList(0, 4));
    assertThat(t.pool.secrets().open(t.workspace, keys.get(1)).reveal()).isEqualTo(NEW + "4");
    assertThat(t.key(keys.get(2)).status()).isEqualTo(KeyStatus.ACTIVE);
    assertThat(replacements.confirm(preview.id(), t.admin).replaced()).isZero();
  }

  @Test
  void a_key_that_recovered_after_the_preview_keeps_its_secret() {
    List<UUID> keys = t.add("ada", "bob", "cleo", "dan");
    keys.forEach(key -> recordRefusal(key, 1));
    String text = String.join("\n", NEW + "1", NEW + "2", NEW + "3", NEW + "4");
    ImportReport preview = replacements.preview(t.id, text, t.admin);
    t.clock.tick(Duration.ofMinutes(1));
    recordSuccess(keys.getFirst(), "ada@example.com");
    t.edits(5_000).delete(t.admin, Selection.of(List.of(keys.get(1))));
    t.edits(5_000).disable(t.admin, Selection.of(List.of(keys.get(2))));

    var done = replacements.confirm(preview.id(), t.admin);

    assertThat(done.untested()).containsExactly(keys.get(3));
    assertThat(done.report().lines().stream().map(ImportLine::note))
        .startsWith(
            "The key is no longer failed",
            "The key was deleted after the preview",
            "The key is no longer failed");
    assertThat(t.pool.secrets().open(t.workspace, keys.getFirst()).reveal()).endsWith("of-ada");
    assertThat(t.key(keys.get(2)).masked()).endsWith("cleo");
  }

  @Test
  void many_secrets_are_replaced_with_as_many_statements_as_a_few() {
    statementsToReplace(1, "first"); // reads the data keys
    assertThat(statementsToReplace(30, "b")).isEqualTo(statementsToReplace(2, "a"));
  }

  private int statementsToReplace(int n, String prefix) {
    var names = IntStream.range(0, n).mapToObj(i -> prefix + i).toArray(String[]::new);
    t.add(names).forEach(key -> recordRefusal(key, 1));
    String text = Arrays.stream(names).map(name -> NEW + name).collect(Collectors.joining("\n"));
    UUID preview = replacements.preview(t.id, text, t.admin).id();
    var statements = new Statements();
    var counted =
        new KeyImport(statements.over(t.database), t.vault, t.audit, t.jobs, t.ids, t.clock);
    assertThat(counted.replacements().confirm(preview, t.admin).untested()).hasSize(n);
    return statements.count();
  }

  @Test
  void an_import_and_a_replacement_confirm_only_previews_of_their_own_kind() {
    UUID key = t.add("ada").getFirst();
    recordRefusal(key, 1);
    UUID replacement = replacements.preview(t.id, NEW + "1", t.admin).id();
    UUID added = imports.preview(t.id, NEW + "1", t.admin).id();
    assertThatThrownBy(() -> imports.confirm(replacement, t.admin)).hasMessageContaining("no such");
    assertThatThrownBy(() -> replacements.confirm(added, t.admin)).hasMessageContaining("no such");
    imports.confirm(added, t.admin);
    var report = replacements.confirm(replacement, t.admin);
    assertThat(report.replaced()).isZero();
    assertThat(report.report().lines().getFirst().status()).isEqualTo(ImportStatus.IN_POOL);
  }

  private void recordRefusal(UUID key, int version) {
    recordCheck(key, version, Observations.refused(t.clock.instant()));
  }

  private void recordSuccess(UUID key, String account) {
    recordCheck(
        key,
        1,
        Observations.good(
            t.clock.instant(), Observations.facts(null, null, false, false, null, account)));
  }

  private void recordCheck(UUID key, int version, CheckOutcome outcome) {
    var result =
        new KeyCheckResult(new KeyToTest(key, "key", null, KeyStatus.ACTIVE, version), outcome);
    t.recordChecks(List.of(result));
  }

  private byte[] ciphertext(UUID key) {
    return t.database.read(
        dsl ->
            dsl.select(API_KEYS.CIPHERTEXT)
                .from(API_KEYS)
                .where(API_KEYS.ID.eq(key))
                .fetchSingle(API_KEYS.CIPHERTEXT));
  }

  private List<String> changes(UUID key) {
    return t.database.read(
        dsl ->
            dsl.select(KEY_CHANGES.KIND)
                .from(KEY_CHANGES)
                .where(KEY_CHANGES.KEY_ID.eq(key))
                .orderBy(KEY_CHANGES.ID)
                .fetch(KEY_CHANGES.KIND));
  }
}
