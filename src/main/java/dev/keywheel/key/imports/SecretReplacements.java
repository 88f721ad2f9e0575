package dev.keywheel.key.imports;

import static dev.keywheel.db.schema.Tables.API_KEYS;
import static org.jooq.impl.DSL.noCondition;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.job.JobDefinition;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.imports.ReplacementPreview.Target;
import dev.keywheel.key.pool.KeyInserts;
import dev.keywheel.key.pool.KeyInserts.ExistingKey;
import dev.keywheel.key.pool.KeyRepository;
import dev.keywheel.key.pool.KeySecretWriter;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Records;

/** Replaces the secret of one key directly, or the secrets of many failed keys after a preview. */
public final class SecretReplacements {
  /**
   * A replacement of secrets that a job makes in parts, one transaction each.
   *
   * @param id the id of the preview
   * @param provider the short name of the pool's provider
   * @param done the number of secrets that the job has processed
   */
  public record RunningReplacement(UUID id, String provider, int total, int done) {}

  private final Database database;
  private final Audit audit;
  private final InstantSource clock;
  private final KeyInserts inserts;
  private final ImportStore store;
  private final KeySecretWriter secrets;
  private final ReplacementWorker worker;

  SecretReplacements(
      Database database,
      Vault vault,
      Audit audit,
      Jobs jobs,
      InstantSource clock,
      KeyInserts inserts,
      ImportStore store,
      int partSize) {
    this.database = database;
    this.audit = audit;
    this.clock = clock;
    this.inserts = inserts;
    this.store = store;
    this.secrets = new KeySecretWriter(vault);
    this.worker =
        new ReplacementWorker(database, audit, jobs, clock, inserts, store, secrets, partSize);
  }

  /**
   * Replaces the secret of one key. Throws {@link Rejected} on the field {@code secret} when the
   * text is not a key of the provider, or is already the secret of this or another key.
   */
  public void replace(Principal who, PoolId pool, UUID key, String text) {
    Secret secret = Secret.of(singleSecret(pool.provider(), text));
    database.runTx(
        tx -> {
          PoolRepository.lockAllWith(tx, pool);
          ByteBuffer print = inserts.fingerprint(pool, secret);
          ExistingKey known = inserts.known(tx.dsl(), pool, List.of(print)).get(print);
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

  /** The names of failed keys, in the order in which secrets without a name match them. */
  public List<String> failedKeyNames(PoolId pool, int limit) {
    return database.read(dsl -> targets(dsl, pool, limit)).stream().map(Target::name).toList();
  }

  /**
   * Stores a preview and reports whose secret each line would replace: the failed key with the name
   * on the line or, for a line without a name, the next failed key that no line names.
   */
  public ImportReport preview(PoolId pool, String text, Principal who) {
    List<ParsedKey> lines = KeyListParser.parse(pool.provider(), text);
    ReplacementPreview preview =
        database.read(
            dsl ->
                ReplacementPreview.of(
                    dsl, pool, inserts, lines, targets(dsl, pool, KeyListParser.MAX_LINES)));
    return store.add(pool, true, preview.lines(), preview.kept(), who);
  }

  /** The replacements of the workspace in progress, in the order of their confirmation. */
  public List<RunningReplacement> running(UUID workspace) {
    return worker.store().running(workspace);
  }

  /** The replacement with this id; empty when it is not in progress. */
  public Optional<RunningReplacement> running(UUID workspace, UUID id) {
    return worker.store().running(workspace, id);
  }

  /** Throws {@link NotFound} when the workspace has no import with this id. */
  public void require(UUID workspace, UUID id) {
    store.get(workspace, id);
  }

  /**
   * Cancels a replacement in progress. Secrets already replaced stay replaced; the others are
   * erased.
   *
   * @return false when the replacement has already ended
   */
  public boolean cancel(UUID id, Principal who) {
    require(who.workspaceId(), id);
    return worker.cancel(id, who);
  }

  /** Requests tests of the keys whose secrets a job has replaced. */
  public interface Tester {
    void test(Principal who, PoolId pool, List<UUID> keys);
  }

  JobDefinition job(Tester tester) {
    return worker.job(tester);
  }

  /**
   * The result of a confirmation.
   *
   * @param replaced the number of replaced secrets; 0 if the preview was confirmed before, or if a
   *     job replaces them
   * @param untested the replaced keys whose new secret has not been tested
   * @param begun whether the confirmation left the secrets to a job, which requests the tests
   */
  public record Confirmation(
      ImportReport report, int replaced, List<UUID> untested, boolean begun) {}

  /**
   * Replaces the secrets of a preview immediately, or leaves them to a job when one part cannot
   * hold all of them. Throws {@link dev.keywheel.problem.Conflict} when the preview has expired.
   */
  public Confirmation confirm(UUID id, Principal who) {
    ImportReport preview = store.confirmable(who.workspaceId(), id, true);
    if (preview.confirmed() || preview.running()) {
      return new Confirmation(preview, 0, List.of(), false);
    }
    if (worker.mustQueue(preview)) {
      return new Confirmation(preview, 0, List.of(), worker.begin(preview, who));
    }
    Set<UUID> done = worker.replaceAtOnce(preview, who);
    return new Confirmation(
        store.get(who.workspaceId(), id),
        done.size(),
        worker.untested(preview.pool(), done),
        false);
  }

  private static List<Target> targets(DSLContext dsl, PoolId pool, int limit) {
    return dsl.select(API_KEYS.ID, API_KEYS.NAME)
        .from(API_KEYS)
        .where(KeyRepository.inPool(pool), ReplacementWorker.FAILED)
        .orderBy(API_KEYS.NAME_SORT_KEY, API_KEYS.ID)
        .limit(limit)
        .fetch(Records.mapping(Target::new));
  }

  private static String name(Tx tx, PoolId pool, UUID key) {
    return tx.dsl()
        .select(API_KEYS.NAME)
        .from(API_KEYS)
        .where(KeyRepository.inPool(pool), API_KEYS.ID.eq(key))
        .fetchOptional(API_KEYS.NAME)
        .orElseThrow(() -> KeyRepository.missing(tx.dsl(), pool.workspaceId(), key));
  }

  /** Throws {@link Rejected} on the field {@code secret} unless the text has exactly one secret. */
  private static String singleSecret(String provider, String text) {
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

  private static String taken(ExistingKey known, UUID key) {
    if (known.id().equals(key)) {
      return "This is the secret that the key already has.";
    }
    return known.inTrash()
        ? "A key in the trash has this secret: " + known.name() + ". Restore it instead."
        : "Another key has this secret: " + known.name() + ".";
  }
}
