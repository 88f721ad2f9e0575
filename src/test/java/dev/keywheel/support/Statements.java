package dev.keywheel.support;

import dev.keywheel.db.Database;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/** The executed statements of a database, including repetitions. */
public final class Statements {
  private final Queue<String> all = new ConcurrentLinkedQueue<>();
  private final Queue<Integer> waits = new ConcurrentLinkedQueue<>();

  /** Returns the same database; its statements are recorded here. */
  public Database over(Database database) {
    var source = database.dataSource();
    return new Database(
        proxy(
            DataSource.class,
            (self, method, arguments) -> {
              var result = method.invoke(source, arguments);
              return result instanceof Connection connection ? recording(connection) : result;
            }));
  }

  public void forget() {
    all.clear();
    waits.clear();
  }

  public int count() {
    return all.size();
  }

  /** For each statement, the milliseconds after which it fails without an answer; 0 for never. */
  public List<Integer> waits() {
    return List.copyOf(waits);
  }

  public List<String> matching(Predicate<String> which) {
    return all.stream().filter(which).toList();
  }

  /** Statements that write to one of these tables. */
  public List<String> writing(String... tables) {
    var begins =
        Pattern.compile(
            "(?is)\\s*(with .*)?(insert into|update|delete from)\\s+\"?("
                + String.join("|", tables)
                + ")\\b.*");
    return all.stream().filter(sql -> begins.matcher(sql).matches()).toList();
  }

  private Connection recording(Connection connection) {
    return proxy(
        Connection.class,
        (self, method, arguments) -> {
          if (method.getName().equals("prepareStatement")) {
            all.add((String) arguments[0]);
            waits.add(connection.getNetworkTimeout());
          }
          return method.invoke(connection, arguments);
        });
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    InvocationHandler unwrapping =
        (self, method, arguments) -> {
          try {
            return handler.invoke(self, method, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    return type.cast(
        Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, unwrapping));
  }
}
