package dev.keywheel.db;

import com.zaxxer.hikari.HikariDataSource;
import dev.keywheel.db.ConnectionPool.Use;
import java.sql.SQLException;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds the indexes of the search beside the node's work: with years of log that takes minutes, in
 * which pages answer and runs go on. Each look has a connection of its own, as the tables' owner.
 */
public final class SearchIndexes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SearchIndexes.class);

  private final DatabaseAddress owner;
  private @Nullable HikariDataSource building;
  private boolean closed;
  private boolean warned;

  /** {@code owner}: a role that may create indexes. */
  public SearchIndexes(DatabaseAddress owner) {
    this.owner = owner;
  }

  /** Builds those that are missing; to be called again and again, on one node at a time. */
  public void build() {
    var source = open();
    if (source == null) {
      return;
    }
    try (source) {
      if (!TrigramIndexes.ensure(source)) {
        warn();
      }
    } catch (SQLException e) {
      if (!isClosed()) {
        throw new DataAccessException("The indexes of the search cannot be built", e);
      }
    }
  }

  private synchronized @Nullable HikariDataSource open() {
    if (!closed) {
      building = ConnectionPool.open(owner, 1, Use.MIGRATIONS);
    }
    return closed ? null : building;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private synchronized void warn() {
    if (!warned) {
      log.warn(
          "The extension pg_trgm is missing: searches read every row. An administrator of the"
              + " database can add it (create extension pg_trgm); the indexes are then built within"
              + " minutes.");
      warned = true;
    }
  }

  /** Ends a build that is under way; the next look of any node begins it anew. */
  @Override
  public void close() {
    HikariDataSource source;
    synchronized (this) {
      closed = true;
      source = building;
    }
    if (source != null) {
      source.close();
    }
  }
}
