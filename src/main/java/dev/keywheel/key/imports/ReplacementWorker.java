package dev.keywheel.key.imports;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.any;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.job.JobDefinition;
import dev.keywheel.job.JobResult;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.imports.ImportStore.Begun;
import dev.keywheel.key.imports.ImportStore.Kept;
import dev.keywheel.key.pool.KeyInserts;
import dev.keywheel.key.pool.KeyInserts.Known;
import dev.keywheel.key.pool.KeyRepository;
import dev.keywheel.key.pool.KeySecretWriter;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.secret.Secret;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jspecify.annotations.Nullable;

/**
 * Replaces the secrets of a preview: a part at once, more by a job in parts that are a transaction
 * each, between which the pools are free for assignments. The job reads the secrets once. After an
 * interruption it starts with the first part again, which finds what is replaced already.
 */
final class ReplacementWorker {
  static final Condition FAILED = API_KEYS.STATUS.eq(KeyStatus.FAILED.code());
  private static final String JOB = "keys-secret-replacements";

  private final Database database;
  private final Audit audit;
  private final Jobs jobs;
  private final InstantSource clock;
  private final KeyInserts inserts;
  private final ImportStore store;
  private final KeySecretWriter secrets;
  private final int part;

  ReplacementWorker(
      Database database,
      Audit audit,
      Jobs jobs,
      InstantSource clock,
      KeyInserts inserts,
      ImportStore store,
      KeySecretWriter secrets,
      int part) {
    this.database = database;
    this.audit = audit;
    this.jobs = jobs;
    this.clock = clock;
    this.inserts = inserts;
    this.store = store;
    this.secrets = secrets;
    this.part = part;
  }

  JobDefinition.OneTime job(SecretReplacements.Tester tester) {
    return new JobDefinition.OneTime(JOB, id -> run(UUID.fromString(id), tester));
  }

  /** Whether a job makes these replacements: there are more than one part has. */
  boolean takes(ImportReport preview) {
    return preview.imported().size() > part;
  }

  /** Leaves them to the job; false when they were confirmed concurrently. */
  boolean begin(ImportReport preview, Principal who) {
    boolean begun =
        database.inTx(
            tx -> {
              boolean ours = store.begin(tx, preview, who);
              if (ours) {
                jobs.wake(tx, JOB, preview.id().toString(), clock.instant());
              }
              return ours;
            });
    jobs.nudge();
    return begun;
  }

  /**
   * What was replaced so far.
   *
   * @param done keys that have their new secret
   * @param taken keys with a secret that another line wanted to use, by that line
   */
  record Replaced(Set<UUID> done, Map<Integer, Known> taken) {
    Replaced() {
      this(new HashSet<>(), new HashMap<>());
    }

    private Replaced and(Replaced other) {
      var both = new Replaced(new HashSet<>(done), new HashMap<>(taken));
      both.done.addAll(other.done);
      both.taken.putAll(other.taken);
      return both;
    }
  }

  /** Replaces all in one transaction; empty when they were confirmed concurrently. */
  Replaced atOnce(ImportReport preview, Principal who) {
    return database.inTx(
        tx ->
            store
                .take(tx, preview)
                .map(kept -> part(tx, new Begun(preview, kept, who), 0, new Replaced()))
                .orElseGet(Replaced::new));
  }

  private JobResult run(UUID id, SecretReplacements.Tester tester) {
    var begun = store.begun(id);
    if (begun.isEmpty()) {
      return new JobResult.Done();
    }
    Begun work = begun.get();
    var replaced = new Replaced();
    for (int from = 0; from < work.kept().size(); from += part) {
      if (jobs.stopping().begun()) {
        return new JobResult.Again(clock.instant());
      }
      int start = from;
      Replaced before = replaced;
      var now =
          database.inTx(
              tx -> store.hold(tx, work.preview()) ? part(tx, work, start, before) : null);
      if (now == null) { // another node ended it
        return new JobResult.Done();
      }
      replaced = now;
    }
    tester.test(
        work.who(), work.preview().pool(), untested(work.preview().pool(), replaced.done()));
    return new JobResult.Done();
  }

  /**
   * Replaces the next secrets, and writes the report after the last. Secrets may have been added,
   * and keys deleted or recovered, since the preview.
   */
  private Replaced part(Tx tx, Begun work, int from, Replaced before) {
    ImportReport preview = work.preview();
    PoolId pool = preview.pool();
    List<Kept> kept = work.kept();
    int end = Math.min(from + part, kept.size());
    Map<Kept, ByteBuffer> prints = new LinkedHashMap<>();
    kept.subList(from, end)
        .forEach(k -> prints.put(k, inserts.fingerprint(pool, Secret.of(k.clear()))));
    Map<ByteBuffer, Known> known = inserts.known(tx.dsl(), pool, List.copyOf(prints.values()));
    Map<UUID, Secret> fresh = new LinkedHashMap<>();
    var now = new Replaced();
    prints.forEach(
        (k, print) -> {
          Known by = known.get(print);
          if (k.key() != null && by == null) {
            fresh.put(k.key(), Secret.of(k.clear()));
          } else if (by != null && by.id().equals(k.key())) {
            now.done().add(k.key());
          } else if (by != null) {
            now.taken().put(k.line(), by);
          }
        });
    List<UUID> replaced =
        secrets.replace(tx, pool, fresh, FAILED, clock.instant(), work.who().email());
    now.done().addAll(replaced);
    Replaced all = before.and(now);
    boolean last = end == kept.size();
    int leftOut = last ? preview.lines().size() - all.done().size() : 0;
    if (last) {
      store.confirmed(tx, preview.id(), report(tx, preview, kept, all));
    } else {
      store.reached(tx, preview.id(), end);
    }
    if (!replaced.isEmpty() || leftOut > 0) {
      var details = Map.of("keys", replaced.size(), "left out", leftOut);
      audit.record(tx, work.who(), AuditAction.REPLACED_SECRETS, pool.provider(), details);
    }
    return all;
  }

  private static List<ImportLine> report(
      Tx tx, ImportReport preview, List<Kept> kept, Replaced all) {
    Map<Integer, UUID> missed = new LinkedHashMap<>();
    kept.stream()
        .filter(k -> !all.done().contains(k.key()))
        .forEach(k -> missed.put(k.line(), k.key()));
    Set<UUID> present = present(tx, preview.pool(), missed.values());
    var lines = new ArrayList<ImportLine>();
    for (ImportLine line : preview.lines()) {
      boolean misses = line.fate() == ImportStatus.REPLACES && missed.containsKey(line.line());
      lines.add(
          misses
              ? missed(
                  line, all.taken().get(line.line()), present.contains(missed.get(line.line())))
              : line);
    }
    return lines;
  }

  private static ImportLine missed(ImportLine line, @Nullable Known by, boolean present) {
    if (by != null) {
      return ImportPreview.known(line, by);
    }
    return line.because(
        ImportStatus.BAD,
        present ? "The key is no longer failed" : "The key was deleted since the preview");
  }

  /** Those of the keys that were not tested since their secret was replaced. */
  List<UUID> untested(PoolId pool, Set<UUID> keys) {
    return database.read(
        dsl ->
            dsl.select(API_KEYS.ID)
                .from(API_KEYS)
                .where(KeyRepository.inPool(pool), API_KEYS.ID.eq(any(keys.toArray(UUID[]::new))))
                .and(API_KEYS.LAST_TESTED_AT.isNull())
                .fetch(API_KEYS.ID));
  }

  private static Set<UUID> present(Tx tx, PoolId pool, Collection<@Nullable UUID> keys) {
    return tx.dsl()
        .select(API_KEYS.ID)
        .from(API_KEYS)
        .where(KeyRepository.inPool(pool), API_KEYS.ID.eq(any(keys.toArray(UUID[]::new))))
        .fetchSet(API_KEYS.ID);
  }
}
