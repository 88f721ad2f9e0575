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
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * The scheduler's connections. While the database was away no node could renew its leases, so an
 * outage does not count for their age: otherwise the first node that is connected again would take
 * the work of all others, and repeat their calls. A pool whose connections are all in use is no
 * outage: other nodes renew their leases, and those of dead nodes must end.
 */
final class LeaseConnections implements DataSource {
  private final DataSource connections;
  private final InstantSource clock;
  private boolean lost;
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
      if (TransientErrors.isOutage(e)) {
        lost();
      }
      throw e;
    }
    try {
      connected(connection);
      return connection;
    } catch (RuntimeException | SQLException e) {
      connection.close();
      throw e;
    }
  }

  private synchronized void lost() {
    lost = true;
  }

  /**
   * Runs before the connection is used, so that the scheduler does not take living nodes for dead
   * ones.
   */
  private synchronized void connected(Connection connection) throws SQLException {
    Instant now = clock.instant();
    if (lost) {
      var outage = Duration.between(lastConnected, now);
      JobRows.prolongLeases(DSL.using(connection, SQLDialect.POSTGRES), outage, now);
      if (!connection.getAutoCommit()) {
        connection.commit();
      }
      lost = false;
    }
    lastConnected = now;
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
