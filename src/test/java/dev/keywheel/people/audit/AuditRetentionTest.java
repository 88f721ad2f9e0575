package dev.keywheel.people.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.people.audit.AuditFinding.Kind;
import dev.keywheel.people.audit.event.AuditEvent;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.support.Statements;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jooq.ExecuteListener;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Old lines of the audit log are removed, and the rest stays verifiable. */
class AuditRetentionTest {
  @TempDir Path folder;
  @AutoClose private AuditFixture log;

  @BeforeEach
  void open() {
    log = new AuditFixture(folder);
  }

  @Test
  void retention_removes_the_oldest_lines_and_the_rest_stays_verifiable() {
    log.pool.clock.tick(Duration.ofDays(120));
    log.recordLines(log.pool.workspace, 5);
    var before = log.pool.clock.instant().minus(Duration.ofDays(90));
    assertThat(remove(before, 4)).as("a part").isEqualTo(4);
    assertThat(log.audit.findings(log.pool.workspace)).isEmpty();
    var made = new Statements();
    int removed =
        made.over(log.pool.database)
            .inTx(tx -> log.audit.removeBefore(tx, log.pool.workspace, before, 100));
    assertThat(removed).isEqualTo(6);
    assertThat(made.matching(sql -> sql.contains(">="))).as("search of the end").isEmpty();
    assertThat(remove(before, 100)).isZero();
    assertThat(log.sweep()).isEmpty();
    var lines = log.audit.newest(log.pool.workspace, AuditFilter.ALL, null, 100);
    assertThat(lines)
        .extracting(AuditEvent::position)
        .containsExactly(16L, 15L, 14L, 13L, 12L, 11L);
    assertThat(lines.getFirst().details()).containsEntry("up to entry", "10");
    log.forge("delete from audit_events where position = 11");
    assertThat(log.sweep()).containsExactly(AuditFinding.of(Kind.MISSING, 11));
  }

  @Test
  void retention_during_a_check_causes_no_finding() {
    var pool = log.pool;
    var keys = pool.vault.auditKeys();
    var anchor = new AuditAnchor(folder.resolve("other"), keys);
    var idle = Stream.generate(log::addWorkspace).limit(16).toList();
    for (var workspace : idle) {
      log.recordLines(workspace, 5);
      log.verification.runRequested(workspace.toString());
    }
    pool.clock.tick(Duration.ofDays(120));
    var before = pool.clock.instant().minus(Duration.ofDays(90));
    for (int n = 1; n <= idle.size(); n++) {
      var workspace = idle.get(n - 1);
      Runnable retention =
          () -> pool.database.runTx(tx -> log.audit.removeBefore(tx, workspace, before, 100));
      var database = new AfterStatement(pool.database, n, retention);
      var node = new AuditVerification(database, keys, log.audit, anchor, pool.clock);
      node.runRequested(workspace.toString());
      assertThat(database.left).as("statements left").hasNonPositiveValue();
      assertThat(node.status(workspace).findings()).as("after statement %s", n).isEmpty();
    }
  }

  /** Runs an action on another thread after the nth statement of all transactions. */
  private static final class AfterStatement extends Database {
    private final AtomicInteger left;
    private final Runnable action;

    AfterStatement(Database same, int n, Runnable action) {
      super(same);
      this.left = new AtomicInteger(n);
      this.action = action;
    }

    @Override
    public <T> T inTx(Function<Tx, T> work) {
      return super.inTx(
          tx ->
              work.apply(
                  new Tx(
                      DSL.using(
                          tx.dsl()
                              .configuration()
                              .deriveAppending(ExecuteListener.onEnd(_ -> next()))))));
    }

    private void next() {
      if (left.decrementAndGet() == 0) {
        CompletableFuture.runAsync(action).join();
      }
    }
  }

  @Test
  void a_malformed_line_about_removed_lines_does_not_stop_retention() {
    log.forge(
        "update audit_events set action = 'removed old audit entries',"
            + " details = '{\"up to entry\": \"x\"}' where position = 5");
    log.pool.clock.tick(Duration.ofDays(120));
    assertThat(remove(log.pool.clock.instant().minus(Duration.ofDays(90)), 100)).isEqualTo(10);
  }

  /** The context of an error in the languages of PostgreSQL 15. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "PL/pgSQL function %s line 14 at SQL statement",
        "PL/pgSQL-Funktion %s Zeile 14 bei SQL-Anweisung",
        "fonction PL/pgSQL %s, ligne 14 à instruction SQL",
        "PL/pgSQL関数%sの14行目 - SQLステートメント",
        "PL/pgSQL 함수 \"%s\" 의 14번째 SQL 구문"
      })
  void the_trigger_recognizes_the_allowed_function_in_any_language_of_the_server(String context) {
    var source = log.rows("select prosrc from pg_proc where proname = 'refuse_audit_change'");
    var quoted =
        Pattern.compile("stack ~ '([^']+)'").matcher(source.getFirst().get(0, String.class));
    assertThat(quoted.find()).isTrue();
    var signature = "(uuid,bigint,timestamp with time zone,integer)";
    assertThat(context.formatted("remove_audit_events" + signature))
        .containsPattern(quoted.group(1));
    assertThat(context.formatted("other" + signature)).doesNotContainPattern(quoted.group(1));
  }

  private int remove(Instant before, int limit) {
    return log.pool.database.inTx(
        tx -> log.audit.removeBefore(tx, log.pool.workspace, before, limit));
  }

  @Test
  void the_database_removes_no_recent_or_unannounced_line() {
    assertRemovalRefused("29 days", "are kept for 30 days at least");
    assertRemovalRefused("31 days", "announces this removal");
    assertThat(log.audit.newest(log.pool.workspace, AuditFilter.ALL, null, 100)).hasSize(10);
  }

  private void assertRemovalRefused(String age, String reason) {
    var call =
        "select remove_audit_events('%s', 5, now() - interval '%s', 100)"
            .formatted(log.pool.workspace, age);
    assertThatThrownBy(() -> log.pool.database.runTx(tx -> tx.dsl().execute(call)))
        .isInstanceOf(DataAccessException.class)
        .hasMessageContaining(reason);
  }
}
