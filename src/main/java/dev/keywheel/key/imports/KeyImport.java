package dev.keywheel.key.imports;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import dev.keywheel.job.JobDefinition;
import dev.keywheel.job.Jobs;
import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.imports.ImportStore.StoredSecret;
import dev.keywheel.key.pool.KeyInserts;
import dev.keywheel.key.pool.KeyInserts.ExistingKey;
import dev.keywheel.key.pool.KeyNames;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.key.state.NewKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import dev.keywheel.secret.EncryptedColumn;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.exception.DataAccessException;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jspecify.annotations.Nullable;

/**
 * Adds keys from pasted text or a file in two steps. The preview stores the parsed keys encrypted
 * for at most {@link #PREVIEW_LIFETIME}; {@link ImportPreview} finds those that the pool or its
 * trash already has. The confirmation inserts the new keys in one transaction, which locks the pool
 * only at its end; repeating the confirmation returns the same report.
 */
public final class KeyImport {
  /** How long a preview can be confirmed. Its secrets are erased afterwards. */
  public static final Duration PREVIEW_LIFETIME = Duration.ofHours(1);

  /** The encrypted secrets of previews and of replacements in progress. */
  public static final EncryptedColumn COLUMN = ImportStore.COLUMN;

  private static final String DEADLOCK = "40P01";

  /** An import that holds the pool may wait for a key of another one that waits for the pool. */
  private static final int MAX_TRIES = 3;

  /** The maximum number of secrets that are replaced in one transaction. */
  private static final int PART_SIZE = 500;

  private final Database database;
  private final Audit audit;
  private final InstantSource clock;
  private final KeyInserts inserts;
  private final ImportStore store;
  private final SecretReplacements replacements;

  public KeyImport(
      Database database, Vault vault, Audit audit, Jobs jobs, Ids ids, InstantSource clock) {
    this(database, vault, audit, jobs, ids, clock, PART_SIZE);
  }

  /**
   * @param partSize the maximum number of secrets replaced in one transaction
   */
  public KeyImport(
      Database database,
      Vault vault,
      Audit audit,
      Jobs jobs,
      Ids ids,
      InstantSource clock,
      int partSize) {
    this.database = database;
    this.audit = audit;
    this.clock = clock;
    this.inserts = new KeyInserts(vault, ids);
    this.store = new ImportStore(database, vault, ids, clock);
    this.replacements =
        new SecretReplacements(database, vault, audit, jobs, clock, inserts, store, partSize);
  }

  /** The job that replaces many secrets and then requests tests of the keys. */
  public List<JobDefinition> jobs(SecretReplacements.Tester tester) {
    return List.of(replacements.job(tester));
  }

  public SecretReplacements replacements() {
    return replacements;
  }

  /**
   * Stores a preview and reports what the import of this text would do. Throws {@link
   * dev.keywheel.problem.Rejected} on the field {@code keys}, and stores nothing, when the text as
   * a whole is not accepted.
   */
  public ImportReport preview(PoolId pool, String text, Principal who) {
    List<ParsedKey> lines = KeyListParser.parse(pool.provider(), text);
    List<ImportLine> importLines =
        database.read(dsl -> ImportPreview.lines(dsl, pool, inserts, lines));
    return store.add(pool, false, importLines, storedSecrets(lines, importLines), who);
  }

  public ImportReport get(UUID workspace, UUID id) {
    return store.get(workspace, id);
  }

  /**
   * Adds the new keys of a preview. Throws {@link Conflict} when the preview has expired, and
   * {@link dev.keywheel.problem.NotFound} when the workspace has no such preview.
   */
  public ImportReport confirm(UUID id, Principal who) {
    ImportReport preview = store.confirmable(who.workspaceId(), id, false);
    if (preview.confirmed()) {
      return preview;
    }
    int tries = 1;
    while (!confirm(preview, who, tries)) {
      tries++;
    }
    return get(who.workspaceId(), id);
  }

  /** Returns false if it must be tried again; changes of the pool then wait until it ends. */
  private boolean confirm(ImportReport preview, Principal who, int tries) {
    try {
      database.runTx(
          tx -> {
            if (tries > 1) {
              PoolRepository.lockAllWith(tx, preview.pool());
            }
            confirm(tx, preview, who);
          });
      return true;
    } catch (DataAccessException e) {
      if (tries == MAX_TRIES || !conflicts(e)) {
        throw e;
      }
      return false;
    }
  }

  /** Whether another transaction has added one of the keys, or taken one of the names. */
  private static boolean conflicts(DataAccessException e) {
    return e instanceof IntegrityConstraintViolationException || DEADLOCK.equals(e.sqlState());
  }

  /** Erases the secrets of expired previews and replacements; returns the number of imports. */
  public int eraseExpiredSecrets() {
    return store.eraseExpiredSecrets();
  }

  private void confirm(Tx tx, ImportReport preview, Principal who) {
    store.take(tx, preview).ifPresent(kept -> confirm(tx, preview, kept, who));
  }

  private void confirm(Tx tx, ImportReport preview, List<StoredSecret> kept, Principal who) {
    List<ImportLine> importLines = add(tx, preview, kept, who);
    store.end(tx, preview.id(), importLines);
    int added =
        (int) importLines.stream().filter(line -> line.status() == ImportStatus.NEW).count();
    PoolRepository.countInserted(tx, preview.pool(), added);
    var details = Map.of("keys", added, "left out", importLines.size() - added);
    audit.record(tx, who, AuditAction.IMPORTED_KEYS, preview.pool().provider(), details);
  }

  /** Adds the keys. Compares them with the pool again, as it may have changed since the preview. */
  private List<ImportLine> add(
      Tx tx, ImportReport preview, List<StoredSecret> kept, Principal who) {
    PoolId pool = preview.pool();
    Map<String, ByteBuffer> prints = new HashMap<>(); // by name, which is unique among new keys
    kept.forEach(k -> prints.put(k.name(), inserts.fingerprint(pool, Secret.of(k.clear()))));
    Map<ByteBuffer, ExistingKey> known =
        inserts.known(tx.dsl(), pool, List.copyOf(prints.values()));
    var names =
        KeyNames.in(
            tx.dsl(),
            pool.workspaceId(),
            kept.stream().map(k -> KeyNames.nameOrMasked(k.name(), k.clear())).toList());
    Map<String, KeyNames.Choice> called = new HashMap<>();
    List<NewKey> fresh = new ArrayList<>();
    for (StoredSecret k : kept) {
      if (!known.containsKey(prints.get(k.name()))) {
        KeyNames.Choice choice = names.choose(k.name(), k.clear());
        called.put(k.name(), choice);
        fresh.add(new NewKey(choice.name(), Secret.of(k.clear()), k.account()));
      }
    }
    inserts.insert(tx, pool, fresh, clock.instant(), who.email(), who.userId());
    var importLines = new ArrayList<ImportLine>();
    for (ImportLine line : preview.lines()) {
      ByteBuffer print = prints.get(line.name());
      ExistingKey there =
          print == null || line.status() != ImportStatus.NEW ? null : known.get(print);
      importLines.add(
          there == null ? named(line, called.get(line.name())) : ImportPreview.known(line, there));
    }
    return importLines;
  }

  /** The line with the name that the key was given, if another key has taken the previewed name. */
  private static ImportLine named(ImportLine line, KeyNames.@Nullable Choice choice) {
    return line.status() != ImportStatus.NEW || choice == null || choice.note().isEmpty()
        ? line
        : line.named(choice.name()).because(ImportStatus.NEW, choice.note());
  }

  private static List<StoredSecret> storedSecrets(
      List<ParsedKey> lines, List<ImportLine> importLines) {
    var kept = new ArrayList<StoredSecret>();
    for (int i = 0; i < lines.size(); i++) {
      ImportLine planned = importLines.get(i);
      if (planned.status() == ImportStatus.NEW) {
        ParsedKey line = lines.get(i);
        kept.add(new StoredSecret(line.line(), planned.name(), line.clear(), line.account(), null));
      }
    }
    return kept;
  }
}
