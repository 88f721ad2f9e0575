package dev.keywheel.db;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keywheel.support.Await;
import dev.keywheel.support.TestDatabase;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SearchIndexesTest {
  private final TestDatabase postgres = TestDatabase.create();
  private final Database database = postgres.database();
  private final SearchIndexes indexes = new SearchIndexes(postgres.owner());

  @BeforeEach
  void drop() {
    postgres.asOwner("drop index events_containing, audit_events_containing");
  }

  @AfterEach
  void close() {
    indexes.close();
    postgres.close();
  }

  @Test
  void migrations_leave_the_indexes_to_the_job_which_builds_the_missing_ones() throws Exception {
    try (var owner = ConnectionPool.open(postgres.owner(), 2, ConnectionPool.Use.MIGRATIONS)) {
      assertThat(Migrations.apply(owner)).isZero();
    }
    assertThat(built()).isEqualTo(2);
    indexes.build();
    assertThat(built()).isEqualTo(4);
  }

  @Test
  void a_build_over_small_tables_logs_one_line_and_none_when_there_is_nothing_to_build() {
    var lines = new ListAppender<ILoggingEvent>();
    var log = (Logger) LoggerFactory.getLogger(TrigramIndexes.class);
    lines.start();
    log.addAppender(lines);
    try {
      indexes.build();
      indexes.build();
    } finally {
      log.detachAppender(lines);
    }
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .singleElement()
        .asString()
        .startsWith("Search indexes built: 2 (");
  }

  @Test
  void a_build_that_waits_for_a_transaction_ends_when_the_node_stops() {
    database.runTx(
        tx -> {
          tx.dsl().execute("lock table events in row exclusive mode");
          var build = Thread.ofVirtual().start(indexes::build);
          Await.until("the build waits", () -> CompletableFuture.supplyAsync(this::waits).join());
          indexes.close();
          Await.until("the build ends", () -> !build.isAlive());
        });
    try (var next = new SearchIndexes(postgres.owner())) {
      Await.until(
          "the indexes are built",
          () -> {
            next.build();
            return built() == 4;
          });
    }
  }

  private boolean waits() {
    return count(
            "pg_stat_activity where query like 'create index concurrently%' and"
                + " wait_event_type = 'Lock' and datname = current_database()")
        == 1;
  }

  private int built() {
    return count(
        "pg_index join pg_class on pg_class.oid = indexrelid where relname like '%\\_containing' and"
            + " indisvalid");
  }

  private int count(String rows) {
    return postgres
        .asOwner()
        .read(dsl -> dsl.fetchSingle("select count(*)::int from " + rows).get(0, Integer.class));
  }
}
