package dev.keywheel.db;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.Locale;

/** Opens the pool of database connections. */
public final class ConnectionPool {
  /** What connections are for decides how long they may wait. */
  public enum Use {
    /** Work that nobody watches: it waits rather than fails. */
    JOBS(10, 60, 30, 20),
    /** Keeps the leases of jobs: an error is repeated long before a lease ends. */
    LEASES(5, 12, 10, 5),
    /** A page would rather say that the database is not available than keep its reader waiting. */
    PAGES(3, 12, 10, 4),
    /** A statement may rewrite a large table; only a lock is not waited for without end. */
    MIGRATIONS(5, 0, 0, 10),
    /** Asks whether the database answers. */
    WATCH(2, 2, 2, 2);

    private final int connect;
    private final int socket;
    private final int statement;
    private final int lock;

    /**
     * Each in seconds; 0 waits without end.
     *
     * @param connect until a connection is free
     */
    Use(int connect, int socket, int statement, int lock) {
      this.connect = connect;
      this.socket = socket;
      this.statement = statement;
      this.lock = lock;
    }
  }

  /**
   * A node that is frozen or unplugged inside a transaction loses its locks after this, which is
   * less than what the other nodes' jobs wait for a lock.
   */
  private static final String SILENT_FOR = "15s";

  private ConnectionPool() {}

  /** {@code size}: connections at most. Does not connect before the first use. */
  public static HikariDataSource open(DatabaseAddress address, int size, Use use) {
    var config = new HikariConfig();
    config.setPoolName("keywheel-" + use.name().toLowerCase(Locale.ROOT));
    config.setJdbcUrl(address.jdbcUrl());
    address.user().ifPresent(config::setUsername);
    address.password().ifPresent(config::setPassword);
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(Math.min(2, size));
    config.setConnectionTimeout(Duration.ofSeconds(use.connect).toMillis());
    config.setValidationTimeout(1_000);
    config.setInitializationFailTimeout(-1);
    config.addDataSourceProperty("ApplicationName", "keywheel");
    config.addDataSourceProperty("reWriteBatchedInserts", "true");
    config.addDataSourceProperty("connectTimeout", String.valueOf(Math.min(5, use.connect)));
    config.addDataSourceProperty("socketTimeout", String.valueOf(use.socket));
    config.addDataSourceProperty("tcpKeepAlive", "true");
    config.addDataSourceProperty(
        "options", "-c statement_timeout=" + use.statement + "s -c lock_timeout=" + use.lock + "s");
    if (use != Use.MIGRATIONS) {
      config.setConnectionInitSql("set idle_in_transaction_session_timeout = '" + SILENT_FOR + "'");
    }
    return new HikariDataSource(config);
  }
}
