package dev.keywheel.support;

import java.io.PrintWriter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.Callable;
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
    return (Connection) proxy(Connection.class, new Unsteady(real.getConnection()));
  }

  private static Object proxy(Class<?> type, InvocationHandler handler) {
    return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler);
  }

  private static Object invoke(Method method, Object target, Object[] args) throws Exception {
    try {
      return method.invoke(target, args);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /** A connection whose commits may break, also one that is sent as the end of a statement. */
  private final class Unsteady implements InvocationHandler {
    private final Connection connection;

    /** Closed for the client; the commit follows. */
    private final AtomicBoolean closed = new AtomicBoolean();

    private boolean loses;

    /** Whether a statement has committed the transaction, so that nothing is left to commit. */
    private boolean committed;

    Unsteady(Connection connection) {
      this.connection = connection;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] args) throws Exception {
      if (closed.get()) {
        throw new SQLException("The connection is closed", "08003");
      }
      Callable<Object> call = () -> UnsteadyDatabase.invoke(method, connection, args);
      return switch (method.getName()) {
        case "prepareStatement" -> prepared(String.valueOf(args[0]), call.call());
        case "commit" -> {
          boolean nothing = committed;
          committed = false;
          yield nothing ? call.call() : commit(call);
        }
        default -> call.call();
      };
    }

    private Object prepared(String sql, Object statement) {
      var text = losing.get();
      loses |= text != null && sql.contains(text);
      return sql.endsWith("; commit")
          ? proxy(
              PreparedStatement.class,
              (_, method, args) -> {
                Callable<Object> call = () -> UnsteadyDatabase.invoke(method, statement, args);
                if (!method.getName().equals("execute")) {
                  return call.call();
                }
                var result = commit(call);
                committed = true;
                return result;
              })
          : statement;
    }

    private Object commit(Callable<Object> call) throws Exception {
      beforeCommit(connection, closed, call);
      boolean lose = loses && losing.getAndSet(null) != null;
      loses = false;
      var result = call.call();
      if (lose || loseConfirmation.compareAndSet(true, false)) {
        lost.incrementAndGet();
        throw new SQLException("The connection was reset", "08006");
      }
      return result;
    }
  }

  private void beforeCommit(Connection connection, AtomicBoolean closed, Callable<Object> commit)
      throws SQLException {
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
      Thread.ofVirtual().start(() -> commit(connection, commit, after));
      throw new SQLException("The connection was reset", "08006");
    }
  }

  private static void commit(Connection connection, Callable<Object> commit, CountDownLatch after) {
    try (connection) {
      after.await();
      commit.call();
    } catch (Exception e) {
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
