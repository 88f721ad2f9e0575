package dev.keywheel.key.imports;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_CHANGES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.job.JobDefinition;
import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.pool.KeySecretWriter;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.key.state.Seeing;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.problem.Rejected;
import dev.keywheel.provider.CheckOutcome;
import dev.keywheel.provider.ModelClass;
import dev.keywheel.provider.Usage;
import dev.keywheel.provider.limit.KeyReason;
import dev.keywheel.provider.limit.LimitClass;
import dev.keywheel.provider.limit.LimitScope;
import dev.keywheel.support.Statements;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class SecretReplacementsTest {
  private static final int PART = 10;
  private static final String NEW = "sk-or-v1-the-new-secret-of-this-key-";

  @AutoClose private final TestPool t = new TestPool();
  private final KeyImport imports =
      new KeyImport(t.database, t.vault, t.audit, t.jobs, t.ids, t.clock, PART);
  private final SecretReplacements replacements = imports.replacements();
  private final List<UUID> asked = new ArrayList<>();

  @Test
  void the_new_secret_takes_the_place_of_the_old_one_and_all_else_of_the_key_stays() {
    UUID key = t.add("ada").getFirst();
    t.edits(5_000).tag(t.admin, Selection.of(List.of(key)), "mine", true);
    t.database.runTx(
        tx -> t.pool.updater().recordUse(tx, key, true, Usage.NONE, 5, t.clock.instant()));
    refused(key, 1);
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
  void a_typed_account_stays_and_one_found_by_a_test_is_learnt_again() {
    List<UUID> keys = t.add(2);
    t.edits(5_000).account(t.admin, Selection.of(List.of(keys.getFirst())), "typed@example.com");
    accepted(keys.get(1), "found@example.com");
    keys.forEach(key -> replacements.replace(t.admin, t.id, key, NEW + key));
    assertThat(t.key(keys.getFirst()).account()).isEqualTo("typed@example.com");
    assertThat(t.key(keys.get(1)).account()).isNull();
  }

  @Test
  void the_secret_of_another_key_is_refused_with_its_name_and_a_malformed_one_as_well() {
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
    refused(key, 1);
    var limited =
        Seeing.limited(t.clock.instant(), LimitScope.KEY, LimitClass.ALL, KeyReason.KEY_CAP, null);
    t.database.runTx(
        tx ->
            t.pool
                .updater()
                .recordCall(
                    tx, key, 1, limited, ModelClass.FREE, t.clock.instant(), Actor.person("run")));
    assertThat(t.key(key).status()).isEqualTo(KeyStatus.ACTIVE);
    assertThat(t.key(key).lastTestedAt()).isNull();
    refused(key, 2);
    assertThat(t.key(key).status()).isEqualTo(KeyStatus.FAILED);
  }

  @Test
  void a_preview_says_whose_secret_each_line_replaces_and_writes_nothing() {
    List<UUID> keys = t.add("ada", "bob", "cleo", "dan", "eve");
    keys.subList(0, 4).forEach(key -> refused(key, 1));
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
    assertThat(preview.lines().stream().map(ImportLine::fate))
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
  void a_key_that_recovered_since_the_preview_keeps_its_secret() {
    List<UUID> keys = t.add("ada", "bob", "cleo", "dan");
    keys.forEach(key -> refused(key, 1));
    String text = String.join("\n", NEW + "1", NEW + "2", NEW + "3", NEW + "4");
    ImportReport preview = replacements.preview(t.id, text, t.admin);
    t.clock.tick(Duration.ofMinutes(1));
    accepted(keys.getFirst(), "ada@example.com");
    t.edits(5_000).delete(t.admin, Selection.of(List.of(keys.get(1))));
    t.edits(5_000).disable(t.admin, Selection.of(List.of(keys.get(2))));

    var done = replacements.confirm(preview.id(), t.admin);

    assertThat(done.untested()).containsExactly(keys.get(3));
    assertThat(done.report().lines().stream().map(ImportLine::note))
        .startsWith(
            "The key is no longer failed",
            "The key was deleted since the preview",
            "The key is no longer failed");
    assertThat(t.pool.secrets().open(t.workspace, keys.getFirst()).reveal()).endsWith("of-ada");
    assertThat(t.key(keys.get(2)).masked()).endsWith("cleo");
  }

  @Test
  void many_secrets_are_replaced_with_as_many_statements_as_a_few() {
    statementsToReplace(1, "first"); // reads the data keys
    assertThat(statementsToReplace(30, "b")).isEqualTo(statementsToReplace(2, "a"));
  }

  @Test
  void more_than_a_part_has_are_left_to_a_job_that_goes_on_after_an_interruption() {
    List<UUID> keys = t.add(25);
    t.test.asOwner("update api_keys set status = 'failed'");
    String text = IntStream.range(0, 25).mapToObj(i -> NEW + i).collect(Collectors.joining("\n"));
    UUID preview = replacements.preview(t.id, text, t.admin).id();
    t.test.asOwner(
        """
        create function stop_after_two_parts() returns trigger language plpgsql as $$
        begin
          if (select count(*) from key_changes where kind = 'secret') > 20 then
            raise exception 'stopped' using errcode = 'lock_not_available';
          end if;
          return null;
        end $$;
        create trigger stop after insert on key_changes execute function stop_after_two_parts()""");

    var begun = replacements.confirm(preview, t.admin);
    assertThat(begun.begun()).isTrue();
    assertThat(replaced()).as("by the job only").isZero();
    assertThat(replacements.confirm(preview, t.admin).begun()).as("a second press").isFalse();
    assertThatThrownBy(this::runJob).isInstanceOf(DataAccessException.class);
    assertThat(replaced()).isEqualTo(20);
    assertThat(replacements.running(t.workspace))
        .containsExactly(new RunningReplacement(preview, 25, 20));
    assertThat(imports.get(t.workspace, preview).running()).isTrue();
    assertThat(dueWithin(KeySecretWriter.TESTED_WITHIN))
        .as("tested although the rest is not replaced")
        .isEqualTo(20);
    t.clock.tick(KeyImport.WAITS.plusSeconds(1));
    assertThat(imports.forget()).as("the job needs the secrets").isZero();
    t.test.asOwner("drop trigger stop on key_changes");
    checked(keys.getFirst(), 2, Seeing.refused(t.clock.instant()));

    runJob();

    assertThat(replaced()).isEqualTo(25);
    assertThat(asked)
        .as("also those of the parts before")
        .containsExactlyInAnyOrderElementsOf(keys.subList(1, 25));
    assertThat(replacements.running(t.workspace)).isEmpty();
    assertThat(imports.get(t.workspace, preview).lines())
        .hasSize(25)
        .allMatch(line -> line.fate() == ImportStatus.REPLACES);
    assertThat(replacements.confirm(preview, t.admin).replaced()).isZero();
    assertThat(t.audit.newest(t.workspace, AuditFilter.ALL, null, 10))
        .filteredOn(line -> line.action().equals("replaced secrets"))
        .as("none of a part that was done before")
        .hasSize(3);
  }

  @Test
  void the_secrets_of_a_job_are_read_once_and_each_key_is_written_once() {
    t.add(30);
    t.test.asOwner("update api_keys set status = 'failed'");
    String text = IntStream.range(0, 30).mapToObj(i -> NEW + i).collect(Collectors.joining("\n"));
    replacements.confirm(replacements.preview(t.id, text, t.admin).id(), t.admin);
    var statements = new Statements();
    var counted =
        new KeyImport(statements.over(t.database), t.vault, t.audit, t.jobs, t.ids, t.clock, PART);

    run(counted);

    assertThat(replaced()).isEqualTo(30);
    assertThat(
            statements.matching(
                sql -> sql.matches("(?s)select .*ciphertext.* from \"key_imports\".*")))
        .as("of three parts")
        .hasSize(1);
    assertThat(statements.writing("api_keys")).as("of three parts").hasSize(3);
  }

  private void runJob() {
    run(imports);
  }

  private void run(KeyImport of) {
    var job = (JobDefinition.OneTime) of.jobs((who, pool, keys) -> asked.addAll(keys)).getFirst();
    for (var running : replacements.running(t.workspace)) {
      job.job().run(running.id().toString());
    }
  }

  private int dueWithin(Duration time) {
    Instant then = t.clock.instant().plus(time);
    return t.pool.rechecks().findDue(then, 5_000, Set.of()).size();
  }

  private int replaced() {
    return t.database.read(dsl -> dsl.fetchCount(API_KEYS, API_KEYS.SECRET_VERSION.eq(2)));
  }

  private int statementsToReplace(int n, String prefix) {
    var names = IntStream.range(0, n).mapToObj(i -> prefix + i).toArray(String[]::new);
    t.add(names).forEach(key -> refused(key, 1));
    String text = Arrays.stream(names).map(name -> NEW + name).collect(Collectors.joining("\n"));
    UUID preview = replacements.preview(t.id, text, t.admin).id();
    var statements = new Statements();
    var counted =
        new KeyImport(statements.over(t.database), t.vault, t.audit, t.jobs, t.ids, t.clock);
    assertThat(counted.replacements().confirm(preview, t.admin).untested()).hasSize(n);
    return statements.count();
  }

  @Test
  void a_preview_of_replacements_is_no_import_and_the_other_way_round() {
    UUID key = t.add("ada").getFirst();
    refused(key, 1);
    UUID replacement = replacements.preview(t.id, NEW + "1", t.admin).id();
    UUID added = imports.preview(t.id, NEW + "1", t.admin).id();
    assertThatThrownBy(() -> imports.confirm(replacement, t.admin)).hasMessageContaining("no such");
    assertThatThrownBy(() -> replacements.confirm(added, t.admin)).hasMessageContaining("no such");
    imports.confirm(added, t.admin);
    var report = replacements.confirm(replacement, t.admin);
    assertThat(report.replaced()).isZero();
    assertThat(report.report().lines().getFirst().fate()).isEqualTo(ImportStatus.IN_POOL);
  }

  private void refused(UUID key, int version) {
    checked(key, version, Seeing.refused(t.clock.instant()));
  }

  private void accepted(UUID key, String account) {
    checked(
        key,
        1,
        Seeing.good(t.clock.instant(), Seeing.facts(null, null, false, false, null, account)));
  }

  private void checked(UUID key, int version, CheckOutcome outcome) {
    var result =
        new KeyCheckResult(new KeyToTest(key, "key", null, KeyStatus.ACTIVE, version), outcome);
    t.database.runTx(
        tx ->
            t.pool
                .updater()
                .recordChecks(tx, t.id, List.of(result), t.clock.instant(), Actor.person("test")));
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
