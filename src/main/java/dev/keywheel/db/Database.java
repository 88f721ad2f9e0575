package dev.keywheel.db;

import java.sql.SQLTransientConnectionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;

/**
 * The one way to the database. Reading may use {@link #read}; whatever writes opens a transaction
 * here and passes it down as {@link Tx}.
 *
 * <p>A thread has one connection at most: opening a transaction, or reading beside one, while the
 * thread has one open is an error. Threads that each hold a connection and wait for a second one
 * would wait for each other.
 */
public class Database {
  private static final ScopedValue<Boolean> PAGE = ScopedValue.newInstance();
  private static final ScopedValue<Boolean> OPEN = ScopedValue.newInstance();

  private final DataSource dataSource;
  private final DSLContext work;
  private final DSLContext pages;
  private final AtomicBoolean away;

  /** With the same connections for everything. */
  public Database(DataSource dataSource) {
    this(dataSource, dataSource);
  }

  /**
   * @param work connections of jobs, which may wait long
   * @param pages connections of web requests, which wait shortly and find one free whatever jobs do
   */
  public Database(DataSource work, DataSource pages) {
    this.dataSource = work;
    this.away = new AtomicBoolean();
    var settings = new Settings().withRenderSchema(false).withExecuteLogging(false);
    this.work = DSL.using(work, SQLDialect.POSTGRES, settings);
    this.pages = work == pages ? this.work : DSL.using(pages, SQLDialect.POSTGRES, settings);
  }

  /** The same database. */
  protected Database(Database same) {
    this.dataSource = same.dataSource;
    this.work = same.work;
    this.pages = same.pages;
    this.away = same.away;
  }

  /** Runs a web request on the connections of pages. */
  public static <T, X extends Throwable> T page(ScopedValue.CallableOp<T, X> request) throws X {
    return ScopedValue.where(PAGE, true).call(request);
  }

  /** Runs statements that need not see one state of the data; each commits by itself. */
  public <T> T read(Function<DSLContext, T> statements) {
    return statements.apply(free());
  }

  /** Commits when {@code work} returns, rolls back when it throws. Not to be nested. */
  public <T> T inTx(Function<Tx, T> work) {
    var dsl = free();
    return ScopedValue.where(OPEN, true)
        .call(() -> dsl.transactionResult(inner -> work.apply(new Tx(DSL.using(inner)))));
  }

  /** As {@link #inTx} for work without a result. */
  public void runTx(Consumer<Tx> work) {
    var dsl = free();
    ScopedValue.where(OPEN, true)
        .run(() -> dsl.transaction(inner -> work.accept(new Tx(DSL.using(inner)))));
  }

  /** For the parts that bring their own SQL: db-scheduler, Flyway. */
  public DataSource dataSource() {
    return dataSource;
  }

  /** While the database is known not to answer, pages say so at once instead of waiting. */
  public void away(boolean known) {
    away.set(known);
  }

  private DSLContext free() {
    if (OPEN.isBound()) {
      throw new IllegalStateException(
          "This thread has a transaction open: pass its Tx down instead of opening another connection");
    }
    if (!PAGE.isBound()) {
      return work;
    }
    if (away.get()) {
      throw new DataAccessException(
          "The database does not answer", new SQLTransientConnectionException("away", "08001"));
    }
    return pages;
  }
}
