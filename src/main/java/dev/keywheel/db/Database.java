package dev.keywheel.db;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jooq.ConnectionProvider;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jooq.impl.DataSourceConnectionProvider;

/**
 * Access to the database. Reads may use {@link #read}; writes open a transaction here and pass it
 * down as {@link Tx}.
 *
 * <p>A thread holds at most one connection: opening a second one throws. Threads that hold one
 * connection and wait for another would deadlock.
 */
public class Database {
  private static final ScopedValue<Boolean> PAGE = ScopedValue.newInstance();
  private static final ScopedValue<Boolean> OPEN = ScopedValue.newInstance();
  private static final ScopedValue<Boolean> TURN = ScopedValue.newInstance();
  private static final ScopedValue<Duration> ANSWER_WAIT = ScopedValue.newInstance();

  /** Longer than the lock timeout of pages, after which the database answers with an error. */
  private static final Duration SHORT_ANSWER_WAIT = Duration.ofMillis(4_500);

  private static final Duration MAX_TURN_WAIT = Duration.ofSeconds(15);

  private final DataSource dataSource;
  private final DSLContext work;
  private final DSLContext pages;
  private final AtomicBoolean unavailable;
  private final Semaphore turns;

  /** Uses the same connections for all purposes. */
  public Database(DataSource dataSource) {
    this(dataSource, dataSource, dataSource, Integer.MAX_VALUE);
  }

  /**
   * @param work connections of jobs, with long timeouts
   * @param pages connections of web requests, with short timeouts, never used by jobs
   * @param leases connections that poll for due jobs and renew their leases
   * @param pagesAtOnce size of the page pool
   */
  public Database(DataSource work, DataSource pages, DataSource leases, int pagesAtOnce) {
    this.turns = new Semaphore(pagesAtOnce, true);
    this.dataSource = leases;
    this.unavailable = new AtomicBoolean();
    var settings = new Settings().withRenderSchema(false).withExecuteLogging(false);
    this.work = DSL.using(work, SQLDialect.POSTGRES, settings);
    this.pages = DSL.using(withAnswerWait(pages), SQLDialect.POSTGRES, settings);
  }

  protected Database(Database same) {
    this.dataSource = same.dataSource;
    this.work = same.work;
    this.pages = same.pages;
    this.unavailable = same.unavailable;
    this.turns = same.turns;
  }

  /** Runs a web request on the page connections. */
  public static <T, X extends Throwable> T page(ScopedValue.CallableOp<T, X> request) throws X {
    return ScopedValue.where(PAGE, true).call(request);
  }

  /**
   * Runs statements of a web request whose client must not wait for long: each fails if the
   * database does not answer it within 4.5 s. Its connection is then closed and replaced, but the
   * server ends the statement only after the statement timeout of pages, and may still commit it:
   * for some seconds, a slow server may have three times as many connections of pages as the pool.
   */
  public static <T> T answeredSoon(Supplier<T> statements) {
    return answeredWithin(SHORT_ANSWER_WAIT, statements);
  }

  static <T> T answeredWithin(Duration wait, Supplier<T> statements) {
    return ScopedValue.where(ANSWER_WAIT, wait).call(statements::get);
  }

  /** The pool resets the time limit when the connection is returned. */
  private static ConnectionProvider withAnswerWait(DataSource source) {
    return new DataSourceConnectionProvider(source) {
      @Override
      public Connection acquire() {
        var connection = super.acquire();
        try {
          if (ANSWER_WAIT.isBound()) {
            connection.setNetworkTimeout(Runnable::run, (int) ANSWER_WAIT.get().toMillis());
          }
          return connection;
        } catch (SQLException e) {
          release(connection);
          throw new DataAccessException("The connection cannot be used", e);
        }
      }
    };
  }

  /** Runs statements that need no common snapshot; each is its own transaction. */
  public <T> T read(Function<DSLContext, T> statements) {
    return inTurn(() -> statements.apply(outsideTransaction()));
  }

  /** Commits when {@code work} returns, rolls back when it throws. Must not be nested. */
  public <T> T inTx(Function<Tx, T> work) {
    return inTurn(
        () -> {
          var dsl = outsideTransaction();
          return ScopedValue.where(OPEN, true)
              .call(() -> dsl.connectionResult(connection -> committed(dsl, connection, work)));
        });
  }

  /**
   * Commits or rolls back like a transaction of jOOQ, but without jOOQ's query of the isolation
   * level. The pool resets auto-commit when the connection is returned.
   */
  private static <T> T committed(DSLContext dsl, Connection connection, Function<Tx, T> work)
      throws SQLException {
    connection.setAutoCommit(false);
    try {
      T result = work.apply(new Tx(DSL.using(dsl.configuration().derive(connection))));
      commit(connection);
      return result;
    } catch (Throwable failed) {
      rollBack(connection, failed);
      throw failed;
    }
  }

  private static void commit(Connection connection) throws SQLException {
    try {
      connection.commit();
    } catch (SQLException e) {
      throw TransientErrors.isOfConnection(e)
          ? new SQLException(
              "The connection was lost during the commit",
              TransientErrors.TRANSACTION_RESOLUTION_UNKNOWN,
              e)
          : e;
    }
  }

  /** Like {@link #inTx}, for work without a result. */
  public void runTx(Consumer<Tx> work) {
    inTx(
        tx -> {
          work.accept(tx);
          return true;
        });
  }

  /**
   * Like {@link #runTx}, but does nothing while the database refuses changes. For work that must
   * not make a request fail.
   */
  public void runTxIfWritable(Consumer<Tx> work) {
    try {
      runTx(work);
    } catch (RuntimeException e) {
      if (!TransientErrors.refusesChanges(e)) {
        throw e;
      }
    }
  }

  private static void rollBack(Connection connection, Throwable failed) {
    try {
      connection.rollback();
    } catch (SQLException broken) {
      failed.addSuppressed(broken);
    }
  }

  /** The connections for polling for due jobs and renewing leases, for code with its own SQL. */
  public DataSource dataSource() {
    return dataSource;
  }

  /** Marks the database as unavailable, so that pages fail fast, or as available again. */
  public void setUnavailable(boolean unavailable) {
    this.unavailable.set(unavailable);
  }

  public boolean isUnavailable() {
    return unavailable.get();
  }

  /**
   * Queues page requests in order when all connections are busy. A connection timeout then means
   * that the database is in trouble, not that there are many requests.
   */
  private <T> T inTurn(Supplier<T> work) {
    if (!PAGE.isBound() || TURN.isBound()) {
      return work.get();
    }
    refuseInOutage();
    try {
      if (!turns.tryAcquire(MAX_TURN_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw unavailable("Too many page requests wait for the database");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable("Interrupted while waiting for the database");
    }
    try {
      return ScopedValue.where(TURN, true).call(work::get);
    } finally {
      turns.release();
    }
  }

  private static DataAccessException unavailable(String why) {
    return new DataAccessException(why, new SQLTransientConnectionException(why, "08001"));
  }

  /** The database is marked as unavailable, which is logged once; no statement was sent to it. */
  public static final class KnownOutageException extends DataAccessException {
    private static final String WHY = "The database does not answer";

    private KnownOutageException() {
      super(WHY, new SQLTransientConnectionException(WHY, "08001"));
    }
  }

  private DSLContext outsideTransaction() {
    if (OPEN.isBound()) {
      throw new IllegalStateException(
          "This thread has a transaction open: pass its Tx down instead of opening another connection");
    }
    if (!PAGE.isBound()) {
      return work;
    }
    refuseInOutage();
    return pages;
  }

  private void refuseInOutage() {
    if (unavailable.get()) {
      throw new KnownOutageException();
    }
  }
}
