package dev.keywheel;

import dev.keywheel.db.Database;
import dev.keywheel.db.DatabaseClock;
import dev.keywheel.time.Delayer;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks once a second whether the database responds, so that pages fail fast during an outage, and
 * whether it accepts changes. Synchronizes the shared clock and warns when this node's clock is
 * wrong.
 */
final class DatabaseWatch implements AutoCloseable {
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);

  private static final int CHECKS_PER_MEASUREMENT = 5;

  private static final String READ_ONLY =
      "The database is read-only: pages can be read, nothing can be saved, and runs wait.";

  private static final Logger log = LoggerFactory.getLogger(DatabaseWatch.class);

  private final Database watched;
  private final Database database;
  private final DatabaseClock clock;
  private final Delayer delayer;
  private final Thread thread;
  private volatile boolean clockWrong;
  private volatile boolean readOnly;
  private boolean unavailable;

  DatabaseWatch(Database watched, Database database, DatabaseClock clock, Delayer delayer) {
    this.watched = watched;
    this.database = database;
    this.clock = clock;
    this.delayer = delayer;
    compareClocks();
    this.thread = Thread.ofVirtual().name("database-watch").start(this::watch);
  }

  /** A warning for administrators; empty if the database accepts changes and the clock is right. */
  Optional<String> warning() {
    if (readOnly) {
      return Optional.of(READ_ONLY);
    }
    return clockWrong ? Optional.of(sentence(clock.ahead())) : Optional.empty();
  }

  private void watch() {
    for (int checks = 1; delayer.trySleep(CHECK_INTERVAL); checks++) {
      try {
        if (checks % CHECKS_PER_MEASUREMENT == 0) {
          clock.measure(watched);
          compareClocks();
        }
        setReadOnly(HealthChecks.readOnly(watched));
        setUnavailable(false);
      } catch (RuntimeException e) {
        log.debug("The database does not answer", e);
        setUnavailable(true);
      }
    }
  }

  private void setUnavailable(boolean now) {
    if (now != unavailable) {
      unavailable = now;
      database.setUnavailable(now);
      if (now) {
        log.warn("The database does not answer; pages show an error until it does");
      } else {
        log.info("The database answers again");
      }
    }
  }

  private void setReadOnly(boolean now) {
    if (now && !readOnly) {
      log.warn(READ_ONLY);
    } else if (!now && readOnly) {
      log.info("The database accepts changes again");
    }
    readOnly = now;
  }

  private void compareClocks() {
    boolean now = clock.ahead().abs().compareTo(DatabaseClock.TOLERATED_OFFSET) > 0;
    if (now && !clockWrong) {
      log.warn(sentence(clock.ahead()));
    } else if (!now && clockWrong) {
      log.info("The clock of this server agrees with the database's again");
    }
    clockWrong = now;
  }

  private static String sentence(Duration ahead) {
    return ("The clock of this server is %s seconds %s the database's. Keywheel uses the"
            + " database's time; correct the server's clock, for example with NTP.")
        .formatted(ahead.abs().toSeconds(), ahead.isNegative() ? "behind" : "ahead of");
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
