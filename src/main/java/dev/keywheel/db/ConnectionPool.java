package dev.keywheel.db;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.Properties;

public final class ConnectionPool {
  /** The purpose of a connection, which sets its timeouts. */
  public enum Use {
    /** Background work: waits rather than fails. */
    JOBS(10, 60, 30, 20),
    /** Renews job leases: an error is retried long before a lease expires. */
    LEASES(5, 12, 10, 5),
    /** A page fails fast when the database is unavailable. */
    PAGES(3, 12, 10, 4),
    /** A statement may rewrite a large table: only connecting and lock waits are limited. */
    MIGRATIONS(5, 0, 0, 10),
    WATCH(2, 2, 2, 2);

    private final int connect;
    private final int socket;
    private final int statement;
    private final int lock;

    /**
     * Timeouts in seconds; 0 means no timeout.
     *
     * @param connect timeout of the wait for a free connection
     */
    Use(int connect, int socket, int statement, int lock) {
      this.connect = connect;
      this.socket = socket;
      this.statement = statement;
      this.lock = lock;
    }

    public Duration lockTimeout() {
      return Duration.ofSeconds(lock);
    }
  }

  /**
   * PostgreSQL closes a connection whose transaction is idle for this time, for instance because
   * the node is unreachable. The time is shorter than the lock timeout of jobs on other nodes.
   */
  private static final String IDLE_IN_TRANSACTION = "15s";

  /**
   * Removes a connection after a read-only error: its session keeps the read-only default from when
   * it was opened, even after the database accepts writes again. Other errors are left to Hikari.
   */
  private static final SQLExceptionOverride REMOVE_READ_ONLY =
      new SQLExceptionOverride() {
        @java.lang.Override
        public Override adjudicate(SQLException e) {
          return TransientErrors.isReadOnly(e) ? Override.MUST_EVICT : Override.CONTINUE_EVICT;
        }
      };

  /**
   * Maximum lifetime of a {@link Use#WATCH} connection. It never writes, so no read-only error
   * replaces it; only a new connection has the current read-only default.
   */
  private static final Duration WATCH_LIFETIME = Duration.ofSeconds(30);

  private ConnectionPool() {}

  /** Opens a pool of at most {@code size} connections, even while the database is unavailable. */
  public static HikariDataSource open(DatabaseAddress address, int size, Use use) {
    return open(address, size, use, use.lockTimeout());
  }

  /** Opens a pool whose lock timeout differs from that of {@code use}. */
  public static HikariDataSource open(
      DatabaseAddress address, int size, Use use, Duration lockTimeout) {
    var config = new HikariConfig();
    config.setPoolName("keywheel-" + use.name().toLowerCase(Locale.ROOT));
    config.setJdbcUrl(
        address.withOptions(
            "-c statement_timeout=%ss -c lock_timeout=%sms"
                .formatted(use.statement, lockTimeout.toMillis())));
    address.user().ifPresent(config::setUsername);
    address.password().ifPresent(config::setPassword);
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(Math.min(2, size));
    config.setConnectionTimeout(Duration.ofSeconds(use.connect).toMillis());
    config.setValidationTimeout(1_000);
    config.setInitializationFailTimeout(-1);
    if (use == Use.WATCH) {
      config.setMaxLifetime(WATCH_LIFETIME.toMillis());
      config.setKeepaliveTime(0);
    }
    config.addDataSourceProperty("ApplicationName", "keywheel");
    config.addDataSourceProperty("reWriteBatchedInserts", "true");
    config.addDataSourceProperty("connectTimeout", String.valueOf(Math.min(5, use.connect)));
    config.addDataSourceProperty("socketTimeout", String.valueOf(use.socket));
    config.addDataSourceProperty("tcpKeepAlive", "true");
    if (use != Use.MIGRATIONS) { // Flyway reports the loss of its connection, not the first error
      config.setExceptionOverride(REMOVE_READ_ONLY);
      config.setConnectionInitSql(
          "set idle_in_transaction_session_timeout = '" + IDLE_IN_TRANSACTION + "'");
    }
    return new HikariDataSource(config);
  }

  /**
   * Whether the server permanently rejects this address: no such role or database, a wrong
   * password, no TLS. Other errors may be temporary: a server that is starting or too busy.
   */
  public static boolean refused(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    return state.startsWith("28") || state.equals("3D000") || state.equals("08004");
  }

  /**
   * Connects once, without a pool.
   *
   * @throws SQLException when the connection cannot be opened
   */
  public static void tryOnce(DatabaseAddress address) throws SQLException {
    var properties = new Properties();
    address.user().ifPresent(user -> properties.setProperty("user", user));
    address.password().ifPresent(password -> properties.setProperty("password", password));
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("loginTimeout", "5");
    DriverManager.getConnection(address.jdbcUrl(), properties).close();
  }
}
