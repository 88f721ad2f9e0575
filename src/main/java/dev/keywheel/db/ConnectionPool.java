package dev.keywheel.db;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;

/** Opens the pool of database connections. */
public final class ConnectionPool {
  /** A page would rather say "database unavailable" than let its reader wait longer than this. */
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);

  /**
   * A node that is frozen or unplugged inside a transaction loses its locks after this, which is
   * less than what the other nodes' jobs wait for a lock.
   */
  private static final String SILENT_FOR = "15s";

  private ConnectionPool() {}

  /** {@code size}: connections at most. Does not connect before the first use. */
  public static HikariDataSource open(DatabaseAddress address, int size) {
    var config = new HikariConfig();
    config.setPoolName("keywheel");
    config.setJdbcUrl(address.jdbcUrl());
    address.user().ifPresent(config::setUsername);
    address.password().ifPresent(config::setPassword);
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(2);
    config.setConnectionTimeout(CONNECT_WITHIN.toMillis());
    config.setValidationTimeout(2_000);
    config.setInitializationFailTimeout(-1);
    config.addDataSourceProperty("ApplicationName", "keywheel");
    config.addDataSourceProperty("reWriteBatchedInserts", "true");
    config.addDataSourceProperty("connectTimeout", "5");
    config.addDataSourceProperty("socketTimeout", "60");
    config.addDataSourceProperty("tcpKeepAlive", "true");
    config.addDataSourceProperty("options", "-c statement_timeout=30000 -c lock_timeout=20000");
    config.setConnectionInitSql("set idle_in_transaction_session_timeout = '" + SILENT_FOR + "'");
    return new HikariDataSource(config);
  }
}
