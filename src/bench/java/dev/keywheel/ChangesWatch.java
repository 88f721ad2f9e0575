package dev.keywheel;

import dev.keywheel.bench.Bench.Figure;
import dev.keywheel.support.HttpBrowser;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The delays of another user and of an assignment while very many keys are changed. */
final class ChangesWatch implements AutoCloseable {
  private static final List<String> PAGES =
      List.of("/keys/table", "/dashboard/live", "/recovery/live", "/keys?status=failed", "/log");

  private final ScaleDatabase database;
  private final HttpBrowser browser;
  private final List<MemoryPoolMXBean> heap =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP)
          .toList();
  private final Thread locks;
  private final Thread pages;
  private volatile boolean ended;
  private volatile double longestLock;
  private volatile double slowestPage;
  private final AtomicInteger failed = new AtomicInteger();
  private volatile long afterCollection;

  ChangesWatch(ScaleDatabase database, HttpBrowser browser) {
    this.database = database;
    this.browser = browser;
    System.gc();
    this.locks = Thread.ofPlatform().daemon().start(this::waitForPools);
    this.pages = Thread.ofPlatform().daemon().start(this::requestPages);
  }

  /** Waits for the pools like an assignment. */
  private void waitForPools() {
    try (var connection = database.connect();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      while (!ended) {
        long start = System.nanoTime();
        statement.execute("select from pools for update");
        longestLock = Math.max(longestLock, (System.nanoTime() - start) / 1e6);
        connection.rollback();
        Thread.sleep(50);
      }
    } catch (SQLException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void requestPages() {
    try {
      for (int i = 0; !ended; i++) {
        long start = System.nanoTime();
        int status = browser.status(PAGES.get(i % PAGES.size()));
        slowestPage = Math.max(slowestPage, (System.nanoTime() - start) / 1e6);
        if (status >= 500) {
          failed.incrementAndGet();
        }
        afterCollection =
            Math.max(
                afterCollection,
                heap.stream()
                    .map(MemoryPoolMXBean::getCollectionUsage)
                    .filter(usage -> usage != null)
                    .mapToLong(usage -> usage.getUsed())
                    .sum());
        Thread.sleep(200);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  List<Figure> figures() {
    return List.of(
        new Figure("  longest wait for the pools", longestLock, "ms", "", "measured"),
        new Figure("  slowest page of another user", slowestPage, "ms", "", "measured"),
        new Figure("  pages answered 5xx", failed.get(), "", "= 0", "counted"),
        new Figure("  heap after a collection, peak", afterCollection / 1e6, "MB", "", "measured"));
  }

  @Override
  public void close() throws InterruptedException {
    ended = true;
    locks.join();
    pages.join();
  }
}
