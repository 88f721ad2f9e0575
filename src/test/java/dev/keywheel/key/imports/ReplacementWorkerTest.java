package dev.keywheel.key.imports;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static dev.keywheel.db.schema.Tables.KEY_IMPORTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.keywheel.job.JobDefinition;
import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.imports.ImportReport.Stop;
import dev.keywheel.key.pool.KeySecretWriter;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.key.state.Observations;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.support.Statements;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Replacements of more secrets than one transaction should hold. */
class ReplacementWorkerTest {
  private static final int PART = 10;
  private static final String NEWER = "sk-or-v1-a-newer-secret-";
  private static final String NEW = "sk-or-v1-the-new-secret-of-this-key-";

  @AutoClose private final TestPool t = new TestPool();
  private final KeyImport imports =
      new KeyImport(t.database, t.vault, t.audit, t.jobs, t.ids, t.clock, PART);
  private final SecretReplacements replacements = imports.replacements();
  private final List<UUID> testRequests = new ArrayList<>();

  @Test
  void more_secrets_than_a_part_holds_are_replaced_by_a_job_that_survives_an_interruption() {
    List<UUID> keys = addFailedKeys(25);
    UUID preview = preview(25);
    stopAfterTwoParts();

    var begun = replacements.confirm(preview, t.admin);
    assertThat(begun.begun()).isTrue();
    assertThat(replaced()).as("by the job only").isZero();
    assertThat(replacements.confirm(preview, t.admin).begun())
        .as("a second confirmation")
        .isFalse();
    assertThatThrownBy(this::runJob).isInstanceOf(DataAccessException.class);
    assertThat(replaced()).isEqualTo(20);
    assertThat(replacements.running(t.workspace))
        .containsExactly(new SecretReplacements.RunningReplacement(preview, "openrouter", 25, 20));
    assertThat(imports.get(t.workspace, preview).running()).isTrue();
    Instant due = t.clock.instant().plus(KeySecretWriter.TESTED_WITHIN);
    assertThat(t.pool.rechecks().findDue(due, 5_000, Set.of())).hasSize(20);
    t.clock.tick(KeyImport.PREVIEW_LIFETIME.plusSeconds(1));
    assertThat(imports.eraseExpiredSecrets()).as("the job needs the secrets").isZero();
    t.test.asOwner("drop trigger stop on key_changes");
    recordRefusal(keys.getFirst());

    runJob();

    assertThat(replaced()).isEqualTo(25);
    assertThat(testRequests)
        .as("including those of earlier parts")
        .containsExactlyInAnyOrderElementsOf(keys.subList(1, 25));
    assertThat(replacements.running(t.workspace)).isEmpty();
    assertThat(lines(preview)).hasSize(25).allMatch(line -> line.status() == ImportStatus.REPLACES);
    assertThat(replacements.confirm(preview, t.admin).replaced()).isZero();
    assertThat(audited()).containsExactly(Map.of("keys", "25", "left out", "0"));
  }

  @Test
  void a_key_with_a_newer_secret_keeps_it_although_it_failed_again() {
    List<UUID> keys = addFailedKeys(25);
    UUID preview = interruptAfter20();
    t.clock.tick(Duration.ofSeconds(1));
    List<UUID> newer = List.of(keys.getFirst(), keys.getLast());
    replacements.replace(t.admin, t.id, newer.getFirst(), NEWER + "1111");
    replacements.replace(t.admin, t.id, newer.getLast(), NEWER + "2222");
    t.test.asOwner(
        "update api_keys set status = 'failed' where id = any (array%s)"
            .formatted(newer.stream().map(key -> "'" + key + "'::uuid").toList()));

    runJob();

    assertThat(t.key(newer.getFirst()).masked()).endsWith("1111");
    assertThat(t.key(newer.getLast()).masked()).endsWith("2222");
    assertThat(lines(preview))
        .filteredOn(line -> line.status() == ImportStatus.NOT_REPLACED)
        .extracting(ImportLine::line, ImportLine::note)
        .containsExactly(tuple(25, "The secret of this key was replaced after the preview"));
    assertThat(testRequests).hasSize(24).doesNotContain(keys.getLast());
  }

  @Test
  void only_the_secret_of_the_changed_key_is_skipped_on_a_line_with_two() {
    List<UUID> keys = addFailedKeys(24);
    String text =
        IntStream.range(0, 12)
            .mapToObj(i -> "[\"%s\", \"%s\"]".formatted(NEW + 2 * i, NEW + (2 * i + 1)))
            .collect(Collectors.joining("\n"));
    UUID preview = replacements.preview(t.id, text, t.admin).id();
    replacements.confirm(preview, t.admin);
    t.clock.tick(Duration.ofSeconds(1));
    replacements.replace(t.admin, t.id, keys.get(1), NEW + 2);
    t.test.asOwner("update api_keys set status = 'active' where id = '%s'".formatted(keys.get(21)));

    runJob();

    assertThat(lines(preview))
        .filteredOn(line -> line.status() != ImportStatus.REPLACES)
        .extracting(ImportLine::line, ImportLine::name, ImportLine::status, ImportLine::note)
        .containsExactly(
            tuple(
                1,
                "key01",
                ImportStatus.NOT_REPLACED,
                "The secret of this key was replaced after the preview"),
            tuple(2, "key02", ImportStatus.IN_POOL, "In the pool as “key01”"),
            tuple(11, "key21", ImportStatus.NOT_REPLACED, "The key is no longer failed"));
    assertThat(testRequests).hasSize(21);
    assertThat(audited()).containsExactly(Map.of("keys", "21", "left out", "3"));
  }

  @Test
  void retention_keeps_a_replacement_until_its_job_has_ended() {
    addFailedKeys(25);
    UUID preview = interruptAfter20();
    assertThat(removeOldImports()).isZero();
    runJob();
    assertThat(lines(preview)).hasSize(25);
    assertThat(removeOldImports()).isEqualTo(1);
  }

  private int removeOldImports() {
    Instant later = t.clock.instant().plus(Duration.ofDays(1));
    return t.database.inTx(tx -> ImportRetention.remove(tx, t.workspace, later, null, 100)).count();
  }

  @Test
  void a_cancelled_replacement_keeps_the_replaced_secrets_and_erases_the_others() {
    List<UUID> keys = addFailedKeys(25);
    UUID preview = interruptAfter20();
    var other = new Principal(t.ids.next(), "b@example.com", t.workspace, Role.OPERATOR, true);

    assertThat(replacements.cancel(preview, other)).isTrue();
    assertThat(replacements.cancel(preview, t.admin)).as("a second cancellation").isFalse();
    runJob(preview);

    assertEndedAfter20(preview, Stop.CANCELLED);
    var line = t.audit.newest(t.workspace, AuditFilter.ALL, null, 1).getFirst();
    assertThat(line.actor()).as("the user who cancelled it").isEqualTo(other.email());
    assertThat(audited())
        .containsExactly(
            Map.of(
                "keys",
                "20",
                "left out",
                "5",
                "stopped",
                "the replacement was cancelled",
                "confirmed by",
                t.admin.email()));
    assertThat(t.key(keys.getLast()).status()).isEqualTo(KeyStatus.FAILED);
  }

  @Test
  void a_job_that_is_cancelled_between_two_parts_has_the_replaced_keys_tested() {
    List<UUID> keys = addFailedKeys(25);
    UUID preview = preview(25);
    replacements.confirm(preview, t.admin);
    t.test.asOwner(
        """
        create function cancel() returns trigger language plpgsql as $$
        begin
          update key_imports set confirmed_at = now(), ciphertext = null, stopped = 'cancelled';
          return null;
        end $$;
        create trigger cancel after update of done on key_imports
          for each row when (new.done = 20) execute function cancel()\
        """);

    runJob();

    assertThat(replaced()).isEqualTo(20);
    assertThat(testRequests).containsExactlyInAnyOrderElementsOf(keys.subList(0, 20));
  }

  @Test
  void a_replacement_ends_when_its_workspace_is_archived() {
    addFailedKeys(25);
    UUID preview = interruptAfter20();
    t.test.asOwner("update workspaces set archived_at = now()");

    runJob();

    assertEndedAfter20(preview, Stop.ARCHIVED);
    assertThat(audited())
        .containsExactly(
            Map.of("keys", "20", "left out", "5", "stopped", "the workspace was archived"));
    assertThat(testRequests).isEmpty();
  }

  @Test
  void a_replacement_ends_when_its_secrets_are_erased() {
    addFailedKeys(25);
    UUID preview = interruptAfter20();
    t.clock.tick(ReplacementStore.MAX_DURATION.plusSeconds(1));

    assertThat(imports.eraseExpiredSecrets()).isOne();

    assertEndedAfter20(preview, Stop.ERASED);
    runJob(preview);
    assertEndedAfter20(preview, Stop.ERASED);
    assertThat(audited())
        .containsExactly(
            Map.of("keys", "20", "left out", "5", "stopped", "the secrets were erased"));
  }

  private void assertEndedAfter20(UUID preview, Stop stop) {
    assertThat(replaced()).isEqualTo(20);
    assertThat(replacements.running(t.workspace)).isEmpty();
    var report = imports.get(t.workspace, preview);
    assertThat(report.running()).isFalse();
    assertThat(report.stopped()).isEqualTo(stop);
    assertThat(report.count(ImportStatus.REPLACES)).isEqualTo(20);
    assertThat(report.lines().subList(20, 25))
        .extracting(ImportLine::note)
        .containsOnly("Not reached: " + stop.event());
    int secrets =
        t.database.read(dsl -> dsl.fetchCount(KEY_IMPORTS, KEY_IMPORTS.CIPHERTEXT.isNotNull()));
    assertThat(secrets).isZero();
  }

  @Test
  void the_progress_of_a_job_is_read_without_its_lines_and_secrets() {
    addFailedKeys(25);
    UUID preview = preview(25);
    replacements.confirm(preview, t.admin);
    var statements = new Statements();
    var counted =
        new KeyImport(statements.over(t.database), t.vault, t.audit, t.jobs, t.ids, t.clock, PART);

    assertThat(counted.replacements().running(t.workspace, preview))
        .contains(new SecretReplacements.RunningReplacement(preview, "openrouter", 25, 0));
    assertThat(statements.matching(sql -> sql.contains("key_imports")))
        .hasSize(1)
        .noneMatch(sql -> sql.matches("(?s).*(report|select .*ciphertext.* from).*"));
  }

  @Test
  void the_secrets_of_a_job_are_read_once_and_each_key_is_written_once() {
    addFailedKeys(30);
    replacements.confirm(preview(30), t.admin);
    var statements = new Statements();
    var counted =
        new KeyImport(statements.over(t.database), t.vault, t.audit, t.jobs, t.ids, t.clock, PART);

    run(counted);

    assertThat(replaced()).isEqualTo(30);
    assertThat(statements.matching(sql -> sql.contains("\"key_imports\".\"ciphertext\",")))
        .as("of three parts")
        .hasSize(1);
    assertThat(statements.writing("api_keys")).as("of three parts").hasSize(3);
  }

  /** In the order of their names, and therefore of their lines. */
  private List<UUID> addFailedKeys(int number) {
    List<UUID> keys =
        t.add(IntStream.range(0, number).mapToObj("key%02d"::formatted).toArray(String[]::new));
    t.test.asOwner("update api_keys set status = 'failed'");
    return keys;
  }

  private UUID preview(int number) {
    String text =
        IntStream.range(0, number).mapToObj(i -> NEW + i).collect(Collectors.joining("\n"));
    return replacements.preview(t.id, text, t.admin).id();
  }

  /** Lets the third part fail, as if the database were unavailable. */
  private void stopAfterTwoParts() {
    t.test.asOwner(
        """
        create function stop_after_two_parts() returns trigger language plpgsql as $$
        begin
          if (select count(*) from key_changes where kind = 'secret') > 20 then
            raise exception 'stopped' using errcode = 'lock_not_available';
          end if;
          return null;
        end $$;
        create trigger stop after insert on key_changes execute function stop_after_two_parts()\
        """);
  }

  private UUID interruptAfter20() {
    UUID preview = preview(25);
    stopAfterTwoParts();
    replacements.confirm(preview, t.admin);
    assertThatThrownBy(this::runJob).isInstanceOf(DataAccessException.class);
    t.test.asOwner("drop trigger stop on key_changes");
    return preview;
  }

  private List<ImportLine> lines(UUID preview) {
    return imports.get(t.workspace, preview).lines();
  }

  private List<Map<String, String>> audited() {
    return t.audit.newest(t.workspace, AuditFilter.ALL, null, 10).stream()
        .filter(line -> line.action().equals("replaced secrets"))
        .map(line -> Map.copyOf(line.details()))
        .toList();
  }

  private void runJob() {
    run(imports);
  }

  private void runJob(UUID id) {
    job(imports).job().run(id.toString());
  }

  private void run(KeyImport of) {
    for (var running : replacements.running(t.workspace)) {
      job(of).job().run(running.id().toString());
    }
  }

  private JobDefinition.OneTime job(KeyImport of) {
    return (JobDefinition.OneTime)
        of.jobs((who, pool, keys) -> testRequests.addAll(keys)).getFirst();
  }

  private int replaced() {
    return t.database.read(dsl -> dsl.fetchCount(API_KEYS, API_KEYS.SECRET_VERSION.eq(2)));
  }

  private void recordRefusal(UUID key) {
    var result =
        new KeyCheckResult(
            new KeyToTest(key, "key", null, KeyStatus.ACTIVE, 2),
            Observations.refused(t.clock.instant()));
    t.recordChecks(List.of(result));
  }
}
