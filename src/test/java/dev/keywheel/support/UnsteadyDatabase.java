package dev.keywheel.support;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A real database that refuses a number of connections, or that commits and then breaks the
 * connection before it confirms the commit, like a restart at the wrong moment.
 */
public final class UnsteadyDatabase implements DataSource {
  private final PGSimpleDataSource real = new PGSimpleDataSource();
  private final AtomicInteger refusals;
  private final AtomicBoolean loseConfirmation = new AtomicBoolean();
  private final AtomicReference<String> losing = new AtomicReference<>();
  private final AtomicBoolean failCommit = new AtomicBoolean();
  private final AtomicReference<CountDownLatch> commitLater = new AtomicReference<>();
  private final AtomicInteger commits = new AtomicInteger();
  private volatile int breakEvery;
  private final AtomicInteger lost = new AtomicInteger();
  private final AtomicInteger conflicts = new AtomicInteger();
  private final AtomicReference<String> refusal = new AtomicReference<>();

  public UnsteadyDatabase(String url, AtomicInteger refusals) {
    real.setUrl(url);
    this.refusals = refusals;
  }

  public void loseTheNextConfirmation() {
    loseConfirmation.set(true);
  }

  /** Loses the confirmation of the next transaction with a statement that contains this text. */
  public void loseTheNextConfirmationOf(String statement) {
    losing.set(statement);
  }

  /** Makes the next commits fail and roll back, as after a deadlock. */
  public void rollBackTheNextCommits(int commits) {
    refuseTheNextCommits(commits, "40P01");
  }

  /** Rolls back this number of commits with this SQL state. */
  public void refuseTheNextCommits(int commits, String state) {
    refusal.set(state);
    conflicts.set(commits);
  }

  /** Makes the next commit break its connection; the server executes it after the count-down. */
  public void executeTheNextCommitAfter(CountDownLatch release) {
    commitLater.set(release);
  }

  /** Makes the next commit break its connection without being executed. */
  public void failTheNextCommit() {
    failCommit.set(true);
  }

  /** Makes every n-th commit break its connection, alternately before and after it was executed. */
  public void breakEvery(int commits) {
    breakEvery = commits;
  }

  public int lost() {
    return lost.get();
  }

  @Override
  public Connection getConnection() throws SQLException {
    if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw new SQLException("Connection refused", "08001");
    }
    var connection = real.getConnection();
    var closed = new AtomicBoolean(); // for the client; the commit follows
    var loses = new AtomicBoolean();
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, args) -> {
              try {
                if (closed.get()) {
                  throw new SQLException("The connection is closed", "08003");
                }
                if (method.getName().equals("prepareStatement")) {
                  var text = losing.get();
                  if (text != null && String.valueOf(args[0]).contains(text)) {
                    loses.set(true);
                  }
                  // the call of commit() that follows is the one to break
                  args[0] = String.valueOf(args[0]).replaceFirst("; commit$", "");
                }
                boolean lose = false;
                if (method.getName().equals("commit")) {
                  beforeCommit(connection, closed);
                  lose = loses.getAndSet(false) && losing.getAndSet(null) != null;
                }
                var result = method.invoke(connection, args);
                if (lose
                    || (method.getName().equals("commit")
                        && loseConfirmation.compareAndSet(true, false))) {
                  lost.incrementAndGet();
                  throw new SQLException("The connection was reset", "08006");
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private void beforeCommit(Connection connection, AtomicBoolean closed) throws SQLException {
    int nth = commits.incrementAndGet();
    if (breakEvery > 0 && nth % breakEvery == 0) {
      (nth / breakEvery % 2 == 0 ? failCommit : loseConfirmation).set(true);
    }
    if (failCommit.compareAndSet(true, false)) {
      connection.close();
      throw new SQLException("The connection was reset", "08006");
    }
    if (conflicts.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      connection.rollback();
      throw new SQLException("Rolled back", refusal.get());
    }
    var after = commitLater.getAndSet(null);
    if (after != null) {
      closed.set(true);
      Thread.ofVirtual().start(() -> commit(connection, after));
      throw new SQLException("The connection was reset", "08006");
    }
  }

  private static void commit(Connection connection, CountDownLatch after) {
    try {
      after.await();
      connection.commit();
      connection.close();
    } catch (SQLException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    return getConnection();
  }

  @Override
  public PrintWriter getLogWriter() {
    return new PrintWriter(System.err, false, StandardCharsets.UTF_8);
  }

  @Override
  public void setLogWriter(PrintWriter out) {}

  @Override
  public void setLoginTimeout(int seconds) {}

  @Override
  public int getLoginTimeout() {
    return 0;
  }

  @Override
  public Logger getParentLogger() {
    return Logger.getGlobal();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLException("not wrapped");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }
}
