package dev.keywheel.key.imports;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.noCondition;

import dev.keywheel.db.Database;
import dev.keywheel.db.TransientErrors;
import dev.keywheel.db.Tx;
import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.imports.ImportStore.Kept;
import dev.keywheel.key.imports.ReplacementPreview.Target;
import dev.keywheel.key.pool.KeyInserts;
import dev.keywheel.key.pool.KeyInserts.Known;
import dev.keywheel.key.pool.KeyRepository;
import dev.keywheel.key.pool.KeySecretWriter;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
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
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** Gives keys that exist a new secret: one key directly, many failed ones after a preview. */
public final class SecretReplacements {
  private static final Condition FAILED = API_KEYS.STATUS.eq(KeyStatus.FAILED.code());

  /** Secrets that are replaced in one transaction. */
  private static final int PART = 500;

  private final Database database;
  private final Audit audit;
  private final InstantSource clock;
  private final KeyInserts inserts;
  private final ImportStore store;
  private final KeySecretWriter secrets;

  SecretReplacements(
      Database database,
      Vault vault,
      Audit audit,
      InstantSource clock,
      KeyInserts inserts,
      ImportStore store) {
    this.database = database;
    this.audit = audit;
    this.clock = clock;
    this.inserts = inserts;
    this.store = store;
    this.secrets = new KeySecretWriter(vault);
  }

  /**
   * Replaces the secret of one key. Throws {@link Rejected} on the field {@code secret} when the
   * text is no key of the provider, or the secret of this or another key.
   */
  public void replace(Principal who, PoolId pool, UUID key, String text) {
    Secret secret = Secret.of(one(pool.provider(), text));
    database.runTx(
        tx -> {
          PoolRepository.lockAllWith(tx, pool);
          ByteBuffer print = inserts.fingerprint(pool, secret);
          Known known = inserts.known(tx.dsl(), pool, List.of(print)).get(print);
          if (known != null) {
            throw new Rejected("secret", taken(known, key));
          }
          String name = name(tx, pool, key);
          if (secrets
              .replace(tx, pool, Map.of(key, secret), noCondition(), clock.instant(), who.email())
              .isEmpty()) {
            throw KeyRepository.missing(tx.dsl(), pool.workspaceId(), key);
          }
          audit.record(tx, who, AuditAction.REPLACED_SECRET, key.toString(), Map.of("names", name));
        });
  }

  /** The failed keys of a pool, in the order in which secrets without a name replace theirs. */
  public List<String> failed(PoolId pool, int limit) {
    return database.read(dsl -> targets(dsl, pool, limit)).stream().map(Target::name).toList();
  }

  /**
   * Reports whose secret each line would replace: the failed key of that name, else the next failed
   * key that no line names.
   */
  public ImportReport preview(PoolId pool, String text, Principal who) {
    List<ParsedKey> lines = KeyListParser.parse(pool.provider(), text);
    ReplacementPreview preview =
        database.read(
            dsl ->
                ReplacementPreview.of(
                    dsl, pool, inserts, lines, targets(dsl, pool, KeyListParser.MOST_LINES)));
    return store.add(pool, true, preview.lines(), preview.kept(), who);
  }

  /**
   * What a confirmation did.
   *
   * @param replaced how many secrets of the preview are replaced so far, also by a confirmation
   *     that was interrupted; 0 when it was confirmed before
   * @param untested keys of these that were not tested since; none before all are replaced
   * @param interrupted whether the database stopped it before the end; confirming again goes on
   */
  public record Confirmation(
      ImportReport report, int replaced, List<UUID> untested, boolean interrupted) {}

  /**
   * Replaces the secrets of a preview in parts, so that the pool is not locked for long. One that
   * was interrupted leaves the preview unconfirmed: the next confirmation does the rest.
   */
  public Confirmation confirm(UUID id, Principal who) {
    ImportReport preview = store.confirmable(who.workspaceId(), id, true);
    Progress progress = Progress.NONE;
    boolean more = !preview.confirmed();
    for (int from = 0; more; from += PART) {
      int start = from;
      Progress before = progress;
      try {
        progress =
            database.inTx(
                tx ->
                    store
                        .take(tx, preview)
                        .map(kept -> confirm(tx, preview, kept, start, before, who))
                        .orElse(Progress.NONE));
      } catch (RuntimeException e) {
        if (before.done.isEmpty() || !TransientErrors.isTransient(e)) {
          throw e;
        }
        return new Confirmation(preview, before.done.size(), List.of(), true);
      }
      more = progress.more;
    }
    ImportReport report = store.get(who.workspaceId(), id);
    return new Confirmation(report, progress.done.size(), progress.untested, false);
  }

  /**
   * What the committed parts of a confirmation have done so far.
   *
   * @param done keys whose secrets are replaced, by this confirmation or an interrupted one
   * @param taken keys with a secret that another line wanted to use, by that line
   * @param untested after the last part: the keys of these that were not tested since
   */
  private record Progress(
      Set<UUID> done, Map<Integer, Known> taken, boolean more, List<UUID> untested) {
    static final Progress NONE = new Progress(Set.of(), Map.of(), false, List.of());
  }

  /**
   * Replaces the next secrets, and writes the report after the last. Secrets may have been added,
   * and keys deleted or recovered, since the preview.
   */
  private Progress confirm(
      Tx tx, ImportReport preview, List<Kept> kept, int from, Progress before, Principal who) {
    PoolId pool = preview.pool();
    int end = Math.min(from + PART, kept.size());
    Map<Kept, ByteBuffer> prints = new LinkedHashMap<>();
    kept.subList(from, end)
        .forEach(k -> prints.put(k, inserts.fingerprint(pool, Secret.of(k.clear()))));
    Map<ByteBuffer, Known> known = inserts.known(tx.dsl(), pool, List.copyOf(prints.values()));
    Map<UUID, Secret> fresh = new LinkedHashMap<>();
    Set<UUID> done = new HashSet<>(before.done);
    Map<Integer, Known> taken = new HashMap<>(before.taken);
    prints.forEach(
        (k, print) -> {
          Known by = known.get(print);
          if (k.key() != null && by == null) {
            fresh.put(k.key(), Secret.of(k.clear()));
          } else if (by != null && by.id().equals(k.key())) {
            done.add(k.key());
          } else if (by != null) {
            taken.put(k.line(), by);
          }
        });
    List<UUID> replaced = secrets.replace(tx, pool, fresh, FAILED, clock.instant(), who.email());
    done.addAll(replaced);
    boolean last = end == kept.size();
    int leftOut = last ? preview.lines().size() - done.size() : 0;
    if (last) {
      store.confirmed(tx, preview.id(), report(tx, preview, kept, done, taken));
    }
    if (!replaced.isEmpty() || leftOut > 0) {
      var details = Map.of("keys", replaced.size(), "left out", leftOut);
      audit.record(tx, who, AuditAction.REPLACED_SECRETS, pool.provider(), details);
    }
    List<UUID> untested = last ? untested(tx, pool, done) : List.of();
    return new Progress(done, taken, !last, untested);
  }

  private static List<ImportLine> report(
      Tx tx, ImportReport preview, List<Kept> kept, Set<UUID> done, Map<Integer, Known> taken) {
    Map<Integer, UUID> keyOfLine = new LinkedHashMap<>();
    kept.forEach(k -> keyOfLine.put(k.line(), k.key()));
    Set<UUID> present = present(tx, preview.pool(), keyOfLine.values());
    var lines = new ArrayList<ImportLine>();
    for (ImportLine line : preview.lines()) {
      UUID key = keyOfLine.get(line.line());
      boolean missed = line.fate() == ImportStatus.REPLACES && !done.contains(key);
      lines.add(missed ? missed(line, taken.get(line.line()), present.contains(key)) : line);
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

  private static List<UUID> untested(Tx tx, PoolId pool, Set<UUID> keys) {
    return tx.dsl()
        .select(API_KEYS.ID)
        .from(API_KEYS)
        .where(KeyRepository.inPool(pool), API_KEYS.ID.eq(any(keys.toArray(UUID[]::new))))
        .and(API_KEYS.LAST_TESTED_AT.isNull())
        .fetch(API_KEYS.ID);
  }

  private static Set<UUID> present(Tx tx, PoolId pool, Collection<@Nullable UUID> keys) {
    return tx.dsl()
        .select(API_KEYS.ID)
        .from(API_KEYS)
        .where(KeyRepository.inPool(pool), API_KEYS.ID.eq(any(keys.toArray(UUID[]::new))))
        .fetchSet(API_KEYS.ID);
  }

  private static List<Target> targets(DSLContext dsl, PoolId pool, int limit) {
    return dsl.select(API_KEYS.ID, API_KEYS.NAME)
        .from(API_KEYS)
        .where(KeyRepository.inPool(pool), FAILED)
        .orderBy(API_KEYS.NAME_SORT_KEY, API_KEYS.ID)
        .limit(limit)
        .fetch(row -> new Target(row.value1(), row.value2()));
  }

  private static String name(Tx tx, PoolId pool, UUID key) {
    return tx.dsl()
        .select(API_KEYS.NAME)
        .from(API_KEYS)
        .where(KeyRepository.inPool(pool), API_KEYS.ID.eq(key))
        .fetchOptional(API_KEYS.NAME)
        .orElseThrow(() -> KeyRepository.missing(tx.dsl(), pool.workspaceId(), key));
  }

  /** The one secret of a text that the parser of imports accepts. */
  private static String one(String provider, String text) {
    if (text.isBlank()) {
      throw new Rejected("secret", "Paste the new secret.");
    }
    List<ParsedKey> parsed;
    try {
      parsed = KeyListParser.parse(provider, text);
    } catch (Rejected rejected) {
      throw new Rejected("secret", String.valueOf(rejected.getMessage()));
    }
    if (parsed.size() != 1) {
      throw new Rejected("secret", "Paste one secret. These are " + parsed.size() + ".");
    }
    String problem = parsed.getFirst().problem();
    if (problem != null) {
      throw new Rejected("secret", problem + ".");
    }
    return parsed.getFirst().clear();
  }

  private static String taken(Known known, UUID key) {
    if (known.id().equals(key)) {
      return "This is the secret that the key already has.";
    }
    return known.inTrash()
        ? "A key in the trash has this secret: " + known.name() + ". Restore it instead."
        : "Another key has this secret: " + known.name() + ".";
  }
}
