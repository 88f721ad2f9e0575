package dev.keywheel.db;

import dev.keywheel.time.Stopwatch;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Indexes for substring search. Not a migration: they need the extension {@code pg_trgm}, which may
 * be missing or installed later, and {@code create index concurrently} cannot be conditional in
 * SQL. Until they are built, a search scans rows.
 */
public final class TrigramIndexes {
  private static final Logger log = LoggerFactory.getLogger(TrigramIndexes.class);

  private record Index(String name, String table, String expression) {}

  private static final List<Index> ALL =
      List.of(
          new Index(
              "articles_containing", "articles", "lower(topic || E'\\n' || coalesce(title, ''))"),
          new Index("api_keys_containing", "api_keys", "search_text"),
          new Index("events_containing", "events", "message"),
          new Index(
              "audit_events_containing",
              "audit_events",
              "actor || E'\\n' || action || E'\\n' || coalesce(subject, '') || E'\\n' || details::text"));

  /** Table size in bytes from which a build is logged in advance, because it takes long. */
  private static final long LARGE_BYTES = 500_000_000;

  /** Advisory lock of the node that builds; other nodes skip the build. */
  private static final long LOCK = 0x6b657977_68656c31L;

  private TrigramIndexes() {}

  /**
   * Creates missing or unfinished indexes while nodes are running.
   *
   * @param owner connections without statement timeout: see {@link ConnectionPool.Use#MIGRATIONS}
   * @return whether the extension is installed
   */
  public static boolean ensure(DataSource owner) throws SQLException {
    try (var connection = owner.getConnection()) {
      connection.setAutoCommit(true);
      if (!exists(connection, "select from pg_extension where extname = 'pg_trgm'")) {
        return false;
      }
      if (exists(connection, "select where pg_try_advisory_lock(" + LOCK + ")")) {
        try {
          build(connection);
        } finally {
          execute(connection, "select pg_advisory_unlock(" + LOCK + ")");
        }
      }
      return true;
    }
  }

  private static void build(Connection connection) throws SQLException {
    var stopwatch = new Stopwatch();
    int built = 0;
    for (var index : ALL) {
      if (!exists(connection, valid(index))) {
        build(connection, index);
        built++;
      }
    }
    if (built > 0) {
      log.info("Search indexes built: {} ({} s)", built, stopwatch.elapsed().toSeconds());
    }
  }

  private static String valid(Index index) {
    return "select from pg_index where indexrelid = to_regclass('%s') and indisvalid"
        .formatted(index.name());
  }

  private static void build(Connection connection, Index index) throws SQLException {
    if (exists(
        connection,
        "select where pg_table_size('%s') > %d".formatted(index.table(), LARGE_BYTES))) {
      log.info("Building the search index of {}; this takes minutes", index.table());
    }
    execute(connection, "set lock_timeout = 0"); // a waiting build blocks no other session
    execute(connection, "set maintenance_work_mem = '256MB'"); // halves the time of the build
    execute(connection, "drop index concurrently if exists " + index.name());
    execute(
        connection,
        "create index concurrently %s on %s using gin ((%s) gin_trgm_ops)"
            .formatted(index.name(), index.table(), index.expression()));
    execute(connection, "reset maintenance_work_mem");
    execute(connection, "reset lock_timeout");
    execute(connection, "analyze " + index.table());
  }

  private static boolean exists(Connection connection, String query) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      return rows.next();
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
