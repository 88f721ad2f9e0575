package dev.keywheel.people.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.people.CheapPasswords;
import dev.keywheel.people.FirstAdminSetup;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.support.RowsRead;
import dev.keywheel.support.TestAudit;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.TestPool;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Lines of the audit log, their search, and concurrent writers. */
class AuditTest {
  @AutoClose private final TestDatabase test = TestDatabase.create();
  private final Database db = test.database();
  private final TestClock clock = new TestClock();
  private final Audit audit = TestAudit.signed(db, TestPool.KEK, clock);
  private final Principal ada = administrator();

  private Principal administrator() {
    var random = new SecureRandom();
    var firstAdminSetup =
        new FirstAdminSetup(db, audit, new Ids(clock, random), random, CheapPasswords.get(), clock);
    return firstAdminSetup.create(
        firstAdminSetup.issueToken().orElseThrow(), "ada@example.org", "eight ducks on a pond");
  }

  @Test
  void lines_are_read_as_they_were_written_newest_first() {
    record(AuditAction.REVEALED_KEY, Map.of("name", "a \"quoted\" naïve ключ", "count", 1.50));
    var line = audit.newest(ada.workspaceId(), AuditFilter.ALL, null, 10).getFirst();
    assertThat(line.action()).isEqualTo("revealed a key");
    assertThat(line.details())
        .containsEntry("name", "a \"quoted\" naïve ключ")
        .containsEntry("count", "1.5");
    assertThat(audit.newest(ada.workspaceId(), AuditFilter.ALL, line.id(), 10)).hasSize(1);
    assertThat(audit.findings(ada.workspaceId())).isEmpty();
  }

  @Test
  void concurrent_writers_write_one_chain() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks = new ArrayList<Callable<Boolean>>();
      for (int i = 0; i < 24; i++) {
        var n = i;
        tasks.add(
            () -> {
              record(AuditAction.CHANGED_SETTINGS, Map.of("n", n));
              return true;
            });
      }
      for (var done : threads.invokeAll(tasks)) {
        assertThat(done.get()).isTrue();
      }
    }
    assertThat(audit.newest(ada.workspaceId(), AuditFilter.ALL, null, 100)).hasSize(25);
    assertThat(audit.findings(ada.workspaceId())).isEmpty();
  }

  @Test
  void a_text_is_found_anywhere_in_the_details_of_one_line_among_many() {
    record(AuditAction.CHANGED_SETTINGS, Map.of("name", "needle 100%"));
    db.runTx(
        tx ->
            tx.dsl()
                .execute(
                    """
                    insert into audit_events (workspace_id, at, actor, action, hash)
                    select ?, now(), 'crowd', 'changed settings', '' from generate_series(1, 30000)
                    """,
                    ada.workspaceId()));
    for (var text : List.of("NEEDLE", "100%", "le 1")) {
      var page = audit.page(ada.workspaceId(), new AuditFilter("", "", text), null, 50);
      assertThat(page.lines()).as(text).hasSize(1);
      assertThat(page.older()).isNull();
    }
    var common =
        audit.page(ada.workspaceId(), new AuditFilter("crowd", "", "changed settings"), null, 50);
    assertThat(common.lines()).hasSize(50);
    assertThat(common.older()).isEqualTo(common.lines().getLast().id());
    assertThat(audit.actors(ada.workspaceId())).containsExactly("ada@example.org", "crowd");
  }

  @Test
  void a_filter_by_actor_and_action_reads_only_matching_entries() {
    db.runTx(
        tx ->
            tx.dsl()
                .execute(
                    """
                    insert into audit_events (workspace_id, at, actor, action, hash)
                    select ?, now(), case when n % 2 = 0 or n < 3 then 'ada' else 'bob' end,
                      case when n % 2 = 0 then 'did' else 'left' end, ''
                    from generate_series(1, 30000) n
                    """,
                    ada.workspaceId()));
    test.asOwner("analyze audit_events");
    var search = new AuditSearch(db, ada.workspaceId(), new AuditFilter("ada", "left", ""));
    long read =
        RowsRead.by(db, dsl -> assertThat(search.newest(dsl, null, 50)).hasSize(1), "audit_events");
    assertThat(read).isLessThan(50);
  }

  @Test
  void refusals_that_could_not_be_written_are_counted_once_the_database_is_back() {
    test.asOwner("alter table audit_events rename to audit_events_away");
    for (int i = 0; i < RefusalLog.PER_MINUTE + 10; i++) {
      refuse();
    }
    clock.tick(Duration.ofMinutes(1));
    refuse();
    clock.tick(Duration.ofMinutes(1));
    assertThatThrownBy(audit::recordLeftOut).isInstanceOf(DataAccessException.class);
    audit.recordLeftOut(); // not tried again in the same minute
    test.asOwner("alter table audit_events_away rename to audit_events");
    clock.tick(Duration.ofMinutes(1));
    audit.recordLeftOut();
    var line = audit.newest(WorkspaceIds.INSTANCE, AuditFilter.ALL, null, 10).getFirst();
    assertThat(line.action()).isEqualTo("left out further refusals");
    assertThat(line.details()).containsEntry("sign-in refused", "31");
  }

  @Test
  void refusals_are_recorded_after_the_clock_was_set_back() {
    for (int i = 0; i <= RefusalLog.PER_MINUTE; i++) {
      refuse();
    }
    clock.tick(Duration.ofDays(-1));
    refuse();
    var lines = audit.newest(WorkspaceIds.INSTANCE, AuditFilter.ALL, null, 100);
    assertThat(lines).hasSize(RefusalLog.PER_MINUTE + 1);
    assertThat(lines.getFirst().at()).isEqualTo(clock.instant());
  }

  private void refuse() {
    audit.recordRefusal(Optional.empty(), "anonymous", AuditAction.SIGN_IN_REFUSED, null, Map.of());
  }

  private void record(AuditAction action, Map<String, ?> details) {
    db.runTx(tx -> audit.record(tx, ada, action, UUID.randomUUID().toString(), details));
  }
}
