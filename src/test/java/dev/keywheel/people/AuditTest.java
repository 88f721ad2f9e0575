package dev.keywheel.people;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The record of deeds, and that it shows when somebody touched it. */
class AuditTest {
  private final TestDatabase test = TestDatabase.create();
  private final Database db = test.database();
  private final TestClock clock = new TestClock();
  private final Audit audit = new Audit(db, clock);
  private final Person ada = administrator();

  private Person administrator() {
    var random = new SecureRandom();
    var setup = new Setup(db, audit, new Ids(clock, random), random, CheapPasswords.get(), clock);
    return setup.create(setup.token().orElseThrow(), "ada@example.org", "eight ducks on a pond");
  }

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void lines_come_back_as_they_were_written_newest_first() {
    record("revealed a key", Map.of("name", "a \"quoted\" naïve ключ", "count", 1.50));
    var line = audit.newest(ada.workspaceId(), AuditFilter.ALL, null, 10).getFirst();
    assertThat(line.action()).isEqualTo("revealed a key");
    assertThat(line.details())
        .containsEntry("name", "a \"quoted\" naïve ключ")
        .containsEntry("count", "1.5");
    assertThat(audit.newest(ada.workspaceId(), AuditFilter.ALL, line.id(), 10)).hasSize(1);
    assertThat(audit.firstBroken(ada.workspaceId())).isEmpty();
  }

  @Test
  void an_altered_line_shows() {
    var ids = threeLines();
    change("update audit_events set details = '{\"key\": \"other\"}' where id = " + ids.get(1));
    assertThat(audit.firstBroken(ada.workspaceId())).contains(ids.get(1));
  }

  @Test
  void another_actor_or_another_time_shows() {
    var ids = threeLines();
    change("update audit_events set actor = 'somebody@else' where id = " + ids.get(2));
    assertThat(audit.firstBroken(ada.workspaceId())).contains(ids.get(2));
    change("update audit_events set at = at - interval '1 second' where id = " + ids.get(0));
    assertThat(audit.firstBroken(ada.workspaceId())).contains(ids.get(0));
  }

  @Test
  void a_line_that_was_taken_out_shows_at_the_one_after_it() {
    var ids = threeLines();
    change("delete from audit_events where id = " + ids.get(1));
    assertThat(audit.firstBroken(ada.workspaceId())).contains(ids.get(2));
  }

  @Test
  void writers_at_the_same_time_make_one_chain() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks = new ArrayList<Callable<Boolean>>();
      for (int i = 0; i < 24; i++) {
        var n = i;
        tasks.add(
            () -> {
              record("did", Map.of("n", n));
              return true;
            });
      }
      for (var done : threads.invokeAll(tasks)) {
        assertThat(done.get()).isTrue();
      }
    }
    assertThat(audit.newest(ada.workspaceId(), AuditFilter.ALL, null, 100)).hasSize(25);
    assertThat(audit.firstBroken(ada.workspaceId())).isEmpty();
  }

  private List<Long> threeLines() {
    var ids = new ArrayList<Long>();
    for (int i = 0; i < 3; i++) {
      clock.tick(Duration.ofSeconds(1));
      record("did", Map.of("key", "k" + i));
      ids.add(audit.newest(ada.workspaceId(), AuditFilter.ALL, null, 1).getFirst().id());
    }
    return ids;
  }

  private void record(String action, Map<String, ?> details) {
    db.runTx(tx -> audit.record(tx, ada, action, UUID.randomUUID().toString(), details));
  }

  private void change(String sql) {
    int rows = db.inTx(tx -> tx.dsl().execute(sql));
    assertThat(rows).isEqualTo(1);
  }
}
