package dev.keywheel.db;

import com.zaxxer.hikari.HikariDataSource;
import dev.keywheel.db.ConnectionPool.Use;
import java.sql.SQLException;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds the search indexes while the node is working. A build takes minutes when the log covers
 * several years. Each pass opens its own connection as the owner of the tables.
 */
public final class SearchIndexes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SearchIndexes.class);

  private final DatabaseAddress owner;
  private @Nullable HikariDataSource building;
  private boolean closed;
  private boolean warned;

  /**
   * @param owner a role that may create indexes
   */
  public SearchIndexes(DatabaseAddress owner) {
    this.owner = owner;
  }

  /** Builds missing indexes. Called repeatedly, on one node at a time. */
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
        throw new DataAccessException("The search indexes cannot be built", e);
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
          "The extension pg_trgm is missing, so searches scan rows without an index. An"
              + " administrator of the database can add it (create extension pg_trgm); the indexes"
              + " are then built within minutes.");
      warned = true;
    }
  }

  /** Cancels a build in progress; the next pass of any node restarts it. */
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
