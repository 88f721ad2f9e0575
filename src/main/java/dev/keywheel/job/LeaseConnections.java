package dev.keywheel.job;

import dev.keywheel.db.TransientErrors;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;

/**
 * The scheduler's connections. While the database is unreachable or read-only, no node can renew
 * its leases, so all leases are extended by such an outage. Otherwise the first node that can write
 * again would take over the work of all others and repeat their calls. An exhausted connection pool
 * is not an outage: other nodes renew their leases, and the leases of dead nodes must expire.
 */
final class LeaseConnections implements DataSource {
  /**
   * Time for which an accepted change counts for later connections; short compared with a lease,
   * because an outage is detected, and leases are extended, with this inaccuracy.
   */
  static final Duration WRITABLE_FOR = Duration.ofSeconds(2);

  private final DataSource connections;
  private final InstantSource clock;
  private boolean lost;

  /** The last time at which a connection accepted changes. */
  private Instant lastConnected;

  /**
   * @param clock shared by all nodes
   */
  LeaseConnections(DataSource connections, InstantSource clock) {
    this.connections = connections;
    this.clock = clock;
    this.lastConnected = clock.instant();
  }

  @Override
  public Connection getConnection() throws SQLException {
    Connection connection;
    try {
      connection = connections.getConnection();
    } catch (SQLException e) {
      if (TransientErrors.isOutage(e) || TransientErrors.refusesChanges(e)) {
        recordLoss(); // on a full disk a session may fail to start
      }
      throw e;
    }
    try {
      prepare(connection);
      return connection;
    } catch (RuntimeException | SQLException e) {
      connection.close();
      throw e;
    }
  }

  private synchronized void recordLoss() {
    lost = true;
  }

  private synchronized boolean isLost() {
    return lost;
  }

  private synchronized boolean isWritable(Instant now) {
    return !lost && lastConnected.plus(WRITABLE_FOR).isAfter(now);
  }

  /**
   * Extends all leases if this is the first connection after an outage; otherwise only tests, every
   * {@link #WRITABLE_FOR}, that the connection accepts changes. Fails if it is read-only: all
   * scheduler work ends in a write.
   */
  private void prepare(Connection connection) throws SQLException {
    Instant now = clock.instant();
    if (isWritable(now)) {
      return;
    }
    var dsl = DSL.using(connection, SQLDialect.POSTGRES);
    try {
      if (isLost()) {
        prolong(connection, dsl, now);
      } else {
        JobRows.requireWritable(dsl);
        commit(connection);
      }
    } catch (DataAccessException e) {
      if (TransientErrors.isReadOnly(e)) {
        recordLoss();
      }
      throw e;
    }
    recordConnection(now);
  }

  private static void commit(Connection connection) throws SQLException {
    if (!connection.getAutoCommit()) {
      connection.commit();
    }
  }

  private synchronized void prolong(Connection connection, DSLContext dsl, Instant now)
      throws SQLException {
    if (lost) {
      if (now.isAfter(lastConnected)) { // another thread may have connected since
        JobRows.prolongLeases(dsl, Duration.between(lastConnected, now), now);
      }
      commit(connection);
      lost = false;
    }
  }

  private synchronized void recordConnection(Instant at) {
    if (at.isAfter(lastConnected)) {
      lastConnected = at;
    }
  }

  @Override
  public Connection getConnection(String username, String password) throws SQLException {
    return connections.getConnection(username, password);
  }

  @Override
  public PrintWriter getLogWriter() throws SQLException {
    return connections.getLogWriter();
  }

  @Override
  public void setLogWriter(PrintWriter out) throws SQLException {
    connections.setLogWriter(out);
  }

  @Override
  public void setLoginTimeout(int seconds) throws SQLException {
    connections.setLoginTimeout(seconds);
  }

  @Override
  public int getLoginTimeout() throws SQLException {
    return connections.getLoginTimeout();
  }

  @Override
  public Logger getParentLogger() {
    return Logger.getGlobal();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return connections.unwrap(type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    return connections.isWrapperFor(type);
  }
}
