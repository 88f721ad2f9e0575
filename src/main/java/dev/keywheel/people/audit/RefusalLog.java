package dev.keywheel.people.audit;

import dev.keywheel.db.Database;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.time.TimeWindow;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records requests that were refused or failed. Without a user the event is written to the log of
 * the instance. If it cannot be written, the server log reports it, and the request is still
 * refused.
 */
final class RefusalLog {
  static final int PER_MINUTE = 20;

  private static final Logger log = LoggerFactory.getLogger(RefusalLog.class);

  private final Database db;
  private final Audit audit;
  private final InstantSource clock;
  private final Limiter users = new Limiter();
  private final Limiter anonymous = new Limiter();

  RefusalLog(Database db, Audit audit, InstantSource clock) {
    this.db = db;
    this.audit = audit;
    this.clock = clock;
  }

  void record(
      Optional<Principal> person,
      String actor,
      AuditAction action,
      @Nullable String subject,
      Map<String, ?> details) {
    var limiter = person.isPresent() ? users : anonymous;
    try {
      recordLeftOut(limiter);
      if (limiter.admit(clock.instant())) {
        write(person, actor, action, subject, details);
        return;
      }
    } catch (Database.KnownOutageException _) {
      // logged once for the whole node
    } catch (RuntimeException e) {
      log.error("The audit log cannot be written: {} by {}", action.text(), actor, e);
    }
    limiter.leaveOut(Map.of(action.text(), 1));
  }

  /** Writes the number of omitted events in minutes that have ended. */
  void recordLeftOut() {
    recordLeftOut(users);
    recordLeftOut(anonymous);
  }

  private void recordLeftOut(Limiter limiter) {
    var now = clock.instant();
    var leftOut = limiter.takeLeftOut(now);
    if (!leftOut.isEmpty()) {
      try {
        write(
            Optional.empty(),
            AuditAppender.ACTOR,
            AuditAction.LEFT_OUT_FURTHER_REFUSALS,
            null,
            leftOut);
      } catch (RuntimeException e) {
        limiter.leaveOut(leftOut); // kept until the database is back
        limiter.begin(now); // tried again in a minute, not with each event
        throw e;
      }
    }
  }

  private void write(
      Optional<Principal> person,
      String actor,
      AuditAction action,
      @Nullable String subject,
      Map<String, ?> details) {
    db.runTx(
        tx -> {
          var workspace =
              person.map(Principal::workspaceId).orElseGet(() -> WorkspaceIds.ensureInstance(tx));
          @Nullable UUID actorId = person.map(Principal::userId).orElse(null);
          audit.record(tx, workspace, actor, actorId, action, subject, details);
        });
  }

  /**
   * Limits the lines about refusals to {@link #PER_MINUTE}; further events are only counted. Each
   * node has one limiter for users and one for requests without a user, which therefore cannot use
   * up the limit of users.
   */
  private static final class Limiter {
    private TimeWindow minute = TimeWindow.OVER;
    private int written;
    private final Map<String, Integer> leftOut = new TreeMap<>();

    /** Whether an event may be written now; if so, counts it. */
    synchronized boolean admit(Instant now) {
      if (!minute.contains(now)) {
        begin(now);
      }
      if (written < PER_MINUTE) {
        written++;
        return true;
      }
      return false;
    }

    /** Begins a minute. */
    synchronized void begin(Instant now) {
      minute = TimeWindow.from(now, Duration.ofMinutes(1));
      written = 0;
    }

    /** Counts events that were not written, by action. */
    synchronized void leaveOut(Map<String, Integer> events) {
      events.forEach((action, count) -> leftOut.merge(action, count, Integer::sum));
    }

    /** Returns and clears the omitted events, by action; empty until their minute is over. */
    synchronized Map<String, Integer> takeLeftOut(Instant now) {
      if (now.isBefore(minute.end()) || leftOut.isEmpty()) {
        return Map.of();
      }
      var taken = Map.copyOf(leftOut);
      leftOut.clear();
      return taken;
    }
  }
}
