package dev.keywheel.people.audit;

import dev.keywheel.db.Database;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.WorkspaceIds;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records what was refused or failed and changes nothing else. Without a user it belongs to the log
 * of the instance. A line that cannot be written is reported in the server log: the refusal holds
 * anyway.
 */
final class RefusalLog {
  static final String LEFT_OUT = "left out further refusals";

  private static final Logger log = LoggerFactory.getLogger(RefusalLog.class);

  private final Database db;
  private final Audit audit;
  private final InstantSource clock;
  private final RefusalLimiter users = new RefusalLimiter();
  private final RefusalLimiter strangers = new RefusalLimiter();

  RefusalLog(Database db, Audit audit, InstantSource clock) {
    this.db = db;
    this.audit = audit;
    this.clock = clock;
  }

  void record(
      Optional<Principal> person,
      String actor,
      String action,
      @Nullable String subject,
      Map<String, ?> details) {
    var limiter = person.isPresent() ? users : strangers;
    try {
      recordLeftOut(limiter);
      if (limiter.admits(action, clock.instant())) {
        write(person, actor, action, subject, details);
      }
    } catch (RuntimeException e) {
      log.error("The audit log cannot be written: {} by {}", action, actor, e);
    }
  }

  /** Writes the number of events left out, if their minute is over. */
  void recordLeftOut() {
    recordLeftOut(users);
    recordLeftOut(strangers);
  }

  private void recordLeftOut(RefusalLimiter limiter) {
    var leftOut = limiter.takeLeftOut(clock.instant());
    if (!leftOut.isEmpty()) {
      write(Optional.empty(), AuditAppender.ACTOR, LEFT_OUT, null, leftOut);
    }
  }

  private void write(
      Optional<Principal> person,
      String actor,
      String action,
      @Nullable String subject,
      Map<String, ?> details) {
    db.runTx(
        tx -> {
          var workspace =
              person.map(Principal::workspaceId).orElseGet(() -> WorkspaceIds.instance(tx));
          @Nullable UUID actorId = person.map(Principal::userId).orElse(null);
          audit.record(tx, workspace, actor, actorId, action, subject, details);
        });
  }
}
