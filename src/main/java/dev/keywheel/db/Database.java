package dev.keywheel.db;

import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;

/**
 * The one way to the database. Reading may use {@link #read}; whatever writes opens a transaction
 * here and passes it down as {@link Tx}.
 */
public class Database {
  private final DataSource dataSource;
  private final DSLContext dsl;

  public Database(DataSource dataSource) {
    this.dataSource = dataSource;
    var settings = new Settings().withRenderSchema(false).withExecuteLogging(false);
    this.dsl = DSL.using(dataSource, SQLDialect.POSTGRES, settings);
  }

  /** Runs statements that need not see one state of the data; each commits by itself. */
  public <T> T read(Function<DSLContext, T> statements) {
    return statements.apply(dsl);
  }

  /** Commits when {@code work} returns, rolls back when it throws. Not to be nested. */
  public <T> T inTx(Function<Tx, T> work) {
    return dsl.transactionResult(inner -> work.apply(new Tx(DSL.using(inner))));
  }

  /** As {@link #inTx} for work without a result. */
  public void runTx(Consumer<Tx> work) {
    dsl.transaction(inner -> work.accept(new Tx(DSL.using(inner))));
  }

  /** For the parts that bring their own SQL: db-scheduler, Flyway. */
  public DataSource dataSource() {
    return dataSource;
  }
}
