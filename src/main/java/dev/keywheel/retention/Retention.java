package dev.keywheel.retention;

import static dev.keywheel.db.schema.Tables.RETENTION_PROGRESS;

import dev.keywheel.db.Database;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.db.Tx;
import dev.keywheel.db.schema.tables.records.RetentionProgressRecord;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.settings.SettingsStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes expired rows in batches of {@link #BATCH_SIZE}, each in a transaction that also stores
 * the cursor, so that a crash neither repeats nor skips rows. Concurrent nodes take turns batch by
 * batch.
 */
public final class Retention {
  /** Maximum number of rows in a batch, whose locks must end before a page's lock timeout. */
  static final int BATCH_SIZE = 5_000;

  /** Time limit of one execution; the next one continues. */
  private static final Duration TIME_LIMIT = Duration.ofMinutes(1);

  private static final Logger log = LoggerFactory.getLogger(Retention.class);

  private final Database db;
  private final SettingsStore settings;
  private final Audit audit;
  private final InstantSource clock;
  private final List<RetentionTask> tasks;

  /**
   * Number of batches tried so far. A run begins its list of passes at this offset, so that a run
   * that ended at its time limit is not followed by one that begins with the same passes.
   */
  private final AtomicInteger turns = new AtomicInteger();

  public Retention(
      Database db,
      SettingsStore settings,
      Audit audit,
      InstantSource clock,
      List<RetentionTask> tasks) {
    this.db = db;
    this.settings = settings;
    this.audit = audit;
    this.clock = clock;
    this.tasks = List.copyOf(tasks);
  }

  /** The rows of one workspace that a task removes. */
  private record Pass(UUID workspace, RetentionTask task, Instant before) {}

  /**
   * Runs until all tasks are finished or the time is up; unfinished tasks take turns batch by
   * batch. If a task fails in one workspace, the others continue. Its error is logged unless it is
   * transient. The first error that is not transient, otherwise the first error, is thrown at the
   * end, so that the job counts as failing. If the database is unavailable or read-only, the error
   * is thrown immediately.
   */
  public void run() {
    var start = clock.instant();
    var errors = new ArrayList<RuntimeException>();
    var unfinished = passes(start);
    Collections.rotate(unfinished, -(turns.get() % Math.max(1, unfinished.size())));
    while (!unfinished.isEmpty() && clock.instant().isBefore(start.plus(TIME_LIMIT))) {
      unfinished.removeIf(
          pass -> clock.instant().isBefore(start.plus(TIME_LIMIT)) && isOver(pass, errors));
    }
    if (!errors.isEmpty()) {
      errors.sort(Comparator.comparing(TransientErrors::isTransient));
      throw errors.getFirst();
    }
  }

  private List<Pass> passes(Instant now) {
    var kept = RetentionSettings.of(settings);
    var passes = new ArrayList<Pass>();
    for (var workspace : db.read(WorkspaceIds::all)) {
      for (var task : tasks) {
        int days = task.days().applyAsInt(kept);
        if (days > 0) { // 0 days: the rows are kept forever
          passes.add(new Pass(workspace, task, now.minus(Duration.ofDays(days))));
        }
      }
    }
    return passes;
  }

  /** Removes one batch; returns whether the pass is finished or has failed. */
  private boolean isOver(Pass pass, List<RuntimeException> errors) {
    turns.incrementAndGet();
    try {
      return db.inTx(tx -> removeBatch(tx, pass.workspace(), pass.task(), pass.before()));
    } catch (RuntimeException e) {
      if (TransientErrors.isOfConnection(e) || TransientErrors.refusesChanges(e)) {
        throw e;
      }
      if (!TransientErrors.isTransient(e)) {
        log.error(
            "Old {} of workspace {} cannot be removed", pass.task().label(), pass.workspace(), e);
      }
      errors.add(e);
      return true;
    }
  }

  /** The result of each task, in the order of the tasks. */
  public List<RetentionReport> reports(UUID workspace) {
    var rows =
        db.read(
            dsl ->
                dsl.selectFrom(RETENTION_PROGRESS)
                    .where(RETENTION_PROGRESS.WORKSPACE_ID.eq(workspace))
                    .fetchMap(RETENTION_PROGRESS.KIND));
    return tasks.stream().map(task -> report(task, rows.get(task.kind()))).toList();
  }

  private static RetentionReport report(RetentionTask task, @Nullable RetentionProgressRecord row) {
    return row == null
        ? new RetentionReport(task.label(), 0, null)
        : new RetentionReport(task.label(), row.getRemoved(), row.getKeptSince());
  }

  /** Removes one batch. Returns whether the pass is finished. */
  private boolean removeBatch(Tx tx, UUID workspace, RetentionTask task, Instant before) {
    var progress = lockProgress(tx, workspace, task.kind());
    if (hasRecentPass(progress, task.interval(), before)) {
      return true;
    }
    var done = task.batch().remove(tx, workspace, before, progress.getCursor(), BATCH_SIZE);
    progress.setCursor(done.next());
    progress.setRemoved(progress.getRemoved() + done.count());
    progress.setUnreported(progress.getUnreported() + done.count());
    boolean finished = done.next() == null;
    if (finished) {
      progress.setKeptSince(before);
      progress.setFinishedAt(clock.instant());
      report(tx, task, progress);
    }
    progress.store();
    return finished;
  }

  /** Whether the last pass ended within the interval and removed nearly as recent rows. */
  private boolean hasRecentPass(
      RetentionProgressRecord progress, Duration interval, Instant before) {
    return progress.getCursor() == null
        && progress.getFinishedAt() != null
        && progress.getFinishedAt().isAfter(clock.instant().minus(interval))
        && progress.getKeptSince() != null
        && progress.getKeptSince().isAfter(before.minus(interval));
  }

  /** Writes at most one audit entry per day, workspace and task. */
  private void report(Tx tx, RetentionTask task, RetentionProgressRecord progress) {
    var now = clock.instant();
    if (progress.getUnreported() == 0 || sameDay(progress.getReportedAt(), now)) {
      return;
    }
    audit.record(
        tx,
        progress.getWorkspaceId(),
        "data retention",
        null,
        AuditAction.REMOVED_OLD_DATA,
        task.label(),
        Map.of("rows", progress.getUnreported(), "kept since", progress.getKeptSince()));
    progress.setUnreported(0L);
    progress.setReportedAt(now);
  }

  private static boolean sameDay(@Nullable Instant reported, Instant now) {
    return reported != null
        && reported.truncatedTo(ChronoUnit.DAYS).equals(now.truncatedTo(ChronoUnit.DAYS));
  }

  private static RetentionProgressRecord lockProgress(Tx tx, UUID workspace, String kind) {
    tx.dsl()
        .insertInto(RETENTION_PROGRESS, RETENTION_PROGRESS.WORKSPACE_ID, RETENTION_PROGRESS.KIND)
        .values(workspace, kind)
        .onConflictDoNothing()
        .execute();
    return tx.dsl()
        .selectFrom(RETENTION_PROGRESS)
        .where(RETENTION_PROGRESS.WORKSPACE_ID.eq(workspace), RETENTION_PROGRESS.KIND.eq(kind))
        .forUpdate()
        .fetchSingle();
  }
}
