package dev.keywheel.key.imports;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.val;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.job.JobDefinition;
import dev.keywheel.job.JobResult;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.imports.ImportReport.Stop;
import dev.keywheel.key.imports.ImportStore.StoredSecret;
import dev.keywheel.key.imports.ReplacementStore.Progress;
import dev.keywheel.key.imports.ReplacementStore.Work;
import dev.keywheel.key.pool.KeyInserts;
import dev.keywheel.key.pool.KeyInserts.ExistingKey;
import dev.keywheel.key.pool.KeyRepository;
import dev.keywheel.key.pool.KeySecretWriter;
import dev.keywheel.key.pool.LockWaiters;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.secret.Secret;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.Record2;
import org.jspecify.annotations.Nullable;

/**
 * Replaces the secrets of a preview: immediately if one part holds them, otherwise by a job in
 * parts, one transaction each. Between parts, the pools are free for assignments. After an
 * interruption the job continues with the next part, because keys of committed parts may have a
 * newer secret. It ends early if it is cancelled, the workspace is archived or secrets are erased.
 */
final class ReplacementWorker {
  static final Condition FAILED = API_KEYS.STATUS.eq(KeyStatus.FAILED.code());
  private static final String JOB = "keys-secret-replacements";

  private final Database database;
  private final Audit audit;
  private final Jobs jobs;
  private final InstantSource clock;
  private final KeyInserts inserts;
  private final ImportStore previews;
  private final ReplacementStore store;
  private final KeySecretWriter secrets;
  private final int partSize;

  ReplacementWorker(
      Database database,
      Audit audit,
      Jobs jobs,
      InstantSource clock,
      KeyInserts inserts,
      ImportStore previews,
      KeySecretWriter secrets,
      int partSize) {
    this.database = database;
    this.audit = audit;
    this.jobs = jobs;
    this.clock = clock;
    this.inserts = inserts;
    this.previews = previews;
    this.store = new ReplacementStore(database, previews, clock);
    this.secrets = secrets;
    this.partSize = partSize;
  }

  JobDefinition.OneTime job(SecretReplacements.Tester tester) {
    return new JobDefinition.OneTime(JOB, id -> run(UUID.fromString(id), tester));
  }

  /** Whether the job must make these replacements, because one part cannot hold all of them. */
  boolean mustQueue(ImportReport preview) {
    return preview.imported().size() > partSize;
  }

  ReplacementStore store() {
    return store;
  }

  /** Leaves the replacements to the job; false in the cases of {@link ReplacementStore#begin}. */
  boolean begin(ImportReport preview, Principal who) {
    boolean begun =
        database.inTx(
            tx -> {
              boolean first = store.begin(tx, preview, who);
              if (first) {
                jobs.wake(tx, JOB, preview.id().toString(), clock.instant());
              }
              return first;
            });
    jobs.nudge();
    return begun;
  }

  /** Replaces all secrets in one transaction. Returns the keys; none when already confirmed. */
  Set<UUID> replaceAtOnce(ImportReport preview, Principal who) {
    return database.inTx(
        tx ->
            store
                .take(tx, preview)
                .map(
                    kept -> {
                      var work =
                          new Work(
                              preview.id(),
                              preview.pool(),
                              preview.createdAt(),
                              preview.lines(),
                              kept,
                              who);
                      return work.replaced(replacePart(tx, work, Progress.NONE));
                    })
                .orElseGet(Set::of));
  }

  /** Cancels a replacement in progress; false when it has already ended. */
  boolean cancel(UUID id, Principal by) {
    return store
        .running(by.workspaceId(), id)
        .map(
            running -> {
              var pool = new PoolId(by.workspaceId(), running.provider());
              List<ImportLine> planned = previews.get(by.workspaceId(), id).lines();
              return database.inTx(tx -> cancel(tx, pool, id, planned, by));
            })
        .orElse(false);
  }

  private boolean cancel(Tx tx, PoolId pool, UUID id, List<ImportLine> planned, Principal by) {
    var held = store.lock(tx, pool, id);
    held.ifPresent(
        now -> {
          var why = Map.of("stopped", Stop.CANCELLED.event(), "confirmed by", now.who().email());
          record(tx, by, pool, store.end(tx, id, planned, now.progress(), Stop.CANCELLED), why);
        });
    return held.isPresent();
  }

  private JobResult run(UUID id, SecretReplacements.Tester tester) {
    var begun = store.findBegun(id);
    if (begun.isEmpty()) {
      return new JobResult.Done();
    }
    Work work = begun.get();
    var step = new Step(Progress.NONE, false, Optional.empty());
    while (!step.ended()) {
      if (jobs.stopping().begun()) {
        return new JobResult.Again(clock.instant());
      }
      Progress before = step.progress();
      step = database.inTx(tx -> takeStep(tx, work, before));
      step.waiters().ifPresent(waiters -> waiters.awaitEnd(database, jobs.stopping()));
    }
    List<UUID> untested = untested(work.pool(), work.replaced(step.progress()));
    if (!untested.isEmpty()) {
      tester.test(work.who(), work.pool(), untested);
    }
    return new JobResult.Done();
  }

  /** The result of one transaction of the job. */
  private record Step(Progress progress, boolean ended, Optional<LockWaiters> waiters) {}

  private Step takeStep(Tx tx, Work work, Progress before) {
    var held = store.lock(tx, work.pool(), work.id());
    if (held.isEmpty()) { // cancelled, or ended by another node
      return new Step(before, true, Optional.empty());
    }
    Progress from = held.get().progress();
    if (held.get().stop().isPresent()) {
      Stop stop = held.get().stop().get();
      var report = store.end(tx, work.id(), work.planned(), from, stop);
      record(tx, work.who(), work.pool(), report, Map.of("stopped", stop.event()));
      boolean tests = stop != Stop.ARCHIVED && !work.kept().isEmpty();
      return new Step(tests ? from : Progress.NONE, true, Optional.empty());
    }
    Progress now = replacePart(tx, work, from);
    boolean ended = now.reached() == work.kept().size();
    return new Step(now, ended, Optional.of(LockWaiters.of(tx)));
  }

  /**
   * Replaces the next secrets, and writes the report after the last. Compares them with the pool
   * again, because it may have changed since the preview.
   */
  private Progress replacePart(Tx tx, Work work, Progress before) {
    int end = Math.min(before.reached() + partSize, work.kept().size());
    List<StoredSecret> next = work.kept().subList(before.reached(), end);
    Map<StoredSecret, ByteBuffer> prints = new LinkedHashMap<>();
    next.forEach(k -> prints.put(k, inserts.fingerprint(work.pool(), Secret.of(k.clear()))));
    Map<ByteBuffer, ExistingKey> known =
        inserts.known(tx.dsl(), work.pool(), List.copyOf(prints.values()));
    Map<UUID, Secret> fresh = new LinkedHashMap<>();
    var done = new HashSet<UUID>();
    Map<String, ExistingKey> taken = new HashMap<>();
    prints.forEach(
        (k, print) -> {
          ExistingKey by = known.get(print);
          if (k.key() != null && by == null) {
            fresh.put(k.key(), Secret.of(k.clear()));
          } else if (by != null && by.id().equals(k.key())) {
            done.add(k.key());
          } else if (by != null) {
            taken.put(k.name(), by);
          }
        });
    Condition which = FAILED.and(replacedSincePreview(work).not());
    done.addAll(
        secrets.replace(tx, work.pool(), fresh, which, clock.instant(), work.who().email()));
    var missed = new ArrayList<>(before.missed());
    missed.addAll(missed(tx, work, next.stream().filter(k -> !done.contains(k.key())), taken));
    var now = new Progress(end, missed);
    if (end < work.kept().size()) {
      store.saveProgress(tx, work.id(), now);
    } else {
      var report = store.end(tx, work.id(), work.planned(), now, null);
      record(tx, work.who(), work.pool(), report, Map.of());
    }
    return now;
  }

  /** Matches keys whose secret was replaced after the preview was created. */
  private static Condition replacedSincePreview(Work work) {
    return coalesce(API_KEYS.SECRET_REPLACED_AT, val(Instant.EPOCH)).gt(work.pastedAt());
  }

  private static List<ImportLine> missed(
      Tx tx, Work work, Stream<StoredSecret> left, Map<String, ExistingKey> taken) {
    Map<String, UUID> keys = new LinkedHashMap<>();
    left.forEach(k -> keys.put(k.name(), k.key()));
    if (keys.isEmpty()) {
      return List.of();
    }
    Map<UUID, Boolean> present =
        tx.dsl()
            .select(API_KEYS.ID, field(replacedSincePreview(work)))
            .from(API_KEYS)
            .where(KeyRepository.inPool(work.pool()))
            .and(API_KEYS.ID.eq(any(keys.values().toArray(UUID[]::new))))
            .fetchMap(Record2::value1, Record2::value2);
    return work.planned().stream()
        .filter(line -> line.status() == ImportStatus.REPLACES && keys.containsKey(line.name()))
        .map(
            line ->
                taken.containsKey(line.name())
                    ? ImportPreview.known(line, taken.get(line.name())).named(line.name())
                    : ReplacementStore.missed(line, reason(present.get(keys.get(line.name())))))
        .toList();
  }

  private static String reason(@Nullable Boolean newer) {
    if (newer == null) {
      return "The key was deleted after the preview";
    }
    return newer
        ? "The secret of this key was replaced after the preview"
        : "The key is no longer failed";
  }

  /** Writes one audit entry for the whole replacement, when it has ended. */
  private void record(
      Tx tx, Principal who, PoolId pool, List<ImportLine> report, Map<String, String> stopped) {
    int replaced = ReplacementStore.replaced(report);
    var details = new LinkedHashMap<String, Object>(stopped);
    details.put("keys", replaced);
    details.put("left out", report.size() - replaced);
    audit.record(tx, who, AuditAction.REPLACED_SECRETS, pool.provider(), details);
  }

  /** The keys without a test of their new secret. */
  List<UUID> untested(PoolId pool, Set<UUID> keys) {
    return database.read(
        dsl ->
            dsl.select(API_KEYS.ID)
                .from(API_KEYS)
                .where(KeyRepository.inPool(pool), API_KEYS.ID.eq(any(keys.toArray(UUID[]::new))))
                .and(API_KEYS.LAST_TESTED_AT.isNull())
                .fetch(API_KEYS.ID));
  }
}
