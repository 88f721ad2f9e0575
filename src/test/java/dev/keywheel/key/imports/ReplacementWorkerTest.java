package dev.keywheel.key.imports;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.job.JobDefinition;
import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.pool.KeySecretWriter;
import dev.keywheel.key.state.Actor;
import dev.keywheel.key.state.KeyCheckResult;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.KeyToTest;
import dev.keywheel.key.state.Seeing;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.support.Statements;
import dev.keywheel.support.TestPool;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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
  private static final String NEW = "sk-or-v1-the-new-secret-of-this-key-";

  @AutoClose private final TestPool t = new TestPool();
  private final KeyImport imports =
      new KeyImport(t.database, t.vault, t.audit, t.jobs, t.ids, t.clock, PART);
  private final SecretReplacements replacements = imports.replacements();
  private final List<UUID> asked = new ArrayList<>();

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
    refused(keys.getFirst());

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

  private void refused(UUID key) {
    var result =
        new KeyCheckResult(
            new KeyToTest(key, "key", null, KeyStatus.ACTIVE, 2),
            Seeing.refused(t.clock.instant()));
    t.database.runTx(
        tx ->
            t.pool
                .updater()
                .recordChecks(tx, t.id, List.of(result), t.clock.instant(), Actor.person("test")));
  }
}
