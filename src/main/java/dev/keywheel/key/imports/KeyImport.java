package dev.keywheel.key.imports;

import static dev.keywheel.db.schema.Tables.KEY_IMPORTS;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.key.imports.ImportLine.ImportStatus;
import dev.keywheel.key.pool.KeyInserts;
import dev.keywheel.key.pool.KeyInserts.Known;
import dev.keywheel.key.pool.KeyNames;
import dev.keywheel.key.pool.PoolRepository;
import dev.keywheel.key.state.NewKey;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.secret.EncryptedColumn;
import dev.keywheel.secret.EncryptionContext;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.Vault.EncryptedSecret;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * Adds keys from a paste or a file in two steps. The preview stores the parsed keys encrypted for
 * at most {@link #WAITS}. The confirmation inserts the new ones in one transaction; repeating it
 * returns the same report.
 */
public final class KeyImport {
  /** How long a preview can be confirmed. Its secrets are erased afterwards. */
  public static final Duration WAITS = Duration.ofHours(1);

  /** The keys of previews that wait for their confirmation. */
  public static final EncryptedColumn COLUMN =
      new EncryptedColumn(
          "import previews",
          KEY_IMPORTS.ID,
          KEY_IMPORTS.DATA_KEY_ID,
          KEY_IMPORTS.CIPHERTEXT,
          row -> {
            var pool = new PoolId(row.get(KEY_IMPORTS.WORKSPACE_ID), row.get(KEY_IMPORTS.PROVIDER));
            return context(pool, row.get(KEY_IMPORTS.ID));
          });

  private static final TypeReference<List<ImportLine>> LINES = new TypeReference<>() {};
  private static final TypeReference<List<Kept>> KEPT = new TypeReference<>() {};

  private final Database database;
  private final Vault vault;
  private final Audit audit;
  private final Ids ids;
  private final InstantSource clock;
  private final KeyInserts inserts;

  public KeyImport(Database database, Vault vault, Audit audit, Ids ids, InstantSource clock) {
    this.database = database;
    this.vault = vault;
    this.audit = audit;
    this.ids = ids;
    this.clock = clock;
    this.inserts = new KeyInserts(vault, ids);
  }

  /** A new key, stored encrypted until the confirmation. */
  private record Kept(int line, String name, String clear, @Nullable String account) {
    @Override
    public String toString() {
      return "line " + line;
    }
  }

  /**
   * Reports what an import of this text would do. Throws {@link dev.keywheel.problem.Rejected} on
   * the field {@code keys}, and stores nothing, when the text cannot be parsed as a whole.
   */
  public ImportReport preview(PoolId pool, String text, Principal who) {
    List<ParsedKey> lines = KeyListParser.parse(pool.provider(), text);
    List<ImportLine> fates = database.read(dsl -> ImportPreview.lines(dsl, pool, inserts, lines));
    UUID id = ids.next();
    vault.requireOpen();
    Secret secret = Secret.of(Json.text(kept(lines, fates)));
    Instant now = clock.instant();
    database.runTx(
        tx -> {
          EncryptedSecret encryptedSecret = vault.sealer(tx.dsl()).seal(secret, context(pool, id));
          tx.dsl()
              .insertInto(KEY_IMPORTS)
              .set(KEY_IMPORTS.ID, id)
              .set(KEY_IMPORTS.WORKSPACE_ID, pool.workspaceId())
              .set(KEY_IMPORTS.PROVIDER, pool.provider())
              .set(KEY_IMPORTS.CREATED_BY, who.userId())
              .set(KEY_IMPORTS.CREATED_AT, now)
              .set(KEY_IMPORTS.DATA_KEY_ID, encryptedSecret.dataKeyId())
              .set(KEY_IMPORTS.CIPHERTEXT, encryptedSecret.ciphertext())
              .set(KEY_IMPORTS.REPORT, Json.jsonb(fates))
              .execute();
        });
    return new ImportReport(id, pool, now, null, false, fates);
  }

  public ImportReport get(UUID workspace, UUID id) {
    return database
        .read(
            dsl ->
                dsl.select(
                        KEY_IMPORTS.PROVIDER,
                        KEY_IMPORTS.CREATED_AT,
                        KEY_IMPORTS.CONFIRMED_AT,
                        KEY_IMPORTS.CIPHERTEXT,
                        KEY_IMPORTS.REPORT)
                    .from(KEY_IMPORTS)
                    .where(KEY_IMPORTS.WORKSPACE_ID.eq(workspace))
                    .and(KEY_IMPORTS.ID.eq(id))
                    .fetchOptional(row -> report(workspace, id, row)))
        .orElseThrow(() -> new NotFound("There is no such import. Paste the keys again."));
  }

  /** Adds the new keys. Throws {@link Conflict} when the preview has expired. */
  public ImportReport confirm(UUID id, Principal who) {
    ImportReport preview = get(who.workspaceId(), id);
    if (preview.confirmed()) {
      return preview;
    }
    if (preview.expired()) {
      throw new Conflict("Expired", "This preview is more than an hour old. Paste the keys again.");
    }
    database.runTx(tx -> confirm(tx, preview, who));
    return get(who.workspaceId(), id);
  }

  /** Erases the secrets of expired previews and returns their number. */
  public int forget() {
    return database.inTx(
        tx ->
            tx.dsl()
                .update(KEY_IMPORTS)
                .set(KEY_IMPORTS.CIPHERTEXT, (byte[]) null)
                .where(KEY_IMPORTS.CIPHERTEXT.isNotNull())
                .and(KEY_IMPORTS.CREATED_AT.lt(clock.instant().minus(WAITS)))
                .execute());
  }

  private void confirm(Tx tx, ImportReport preview, Principal who) {
    PoolRepository.lockAllWith(tx, preview.pool());
    Record row =
        tx.dsl()
            .select(KEY_IMPORTS.DATA_KEY_ID, KEY_IMPORTS.CIPHERTEXT)
            .from(KEY_IMPORTS)
            .where(KEY_IMPORTS.ID.eq(preview.id()))
            .and(KEY_IMPORTS.CONFIRMED_AT.isNull())
            .and(KEY_IMPORTS.CIPHERTEXT.isNotNull())
            .forUpdate()
            .fetchOne();
    if (row == null) {
      return; // confirmed concurrently
    }
    List<Kept> kept = open(tx, preview, row);
    List<ImportLine> fates = add(tx, preview, kept, who);
    tx.dsl()
        .update(KEY_IMPORTS)
        .set(KEY_IMPORTS.CONFIRMED_AT, clock.instant())
        .set(KEY_IMPORTS.CIPHERTEXT, (byte[]) null)
        .set(KEY_IMPORTS.REPORT, Json.jsonb(fates))
        .where(KEY_IMPORTS.ID.eq(preview.id()))
        .execute();
    int added = (int) fates.stream().filter(line -> line.fate() == ImportStatus.NEW).count();
    var details = Map.of("keys", added, "left out", fates.size() - added);
    audit.record(tx, who, "imported keys", preview.pool().provider(), details);
  }

  /** Keys and names may have been added to the pool since the preview. */
  private List<ImportLine> add(Tx tx, ImportReport preview, List<Kept> kept, Principal who) {
    PoolId pool = preview.pool();
    Map<String, ByteBuffer> prints = new HashMap<>(); // names of new keys are unique
    kept.forEach(k -> prints.put(k.name(), inserts.fingerprint(pool, Secret.of(k.clear()))));
    Map<ByteBuffer, Known> known = inserts.known(tx.dsl(), pool, List.copyOf(prints.values()));
    var names =
        KeyNames.in(
            tx.dsl(),
            pool.workspaceId(),
            kept.stream().map(k -> KeyNames.wanted(k.name(), k.clear())).toList());
    Map<String, KeyNames.Choice> called = new HashMap<>();
    List<NewKey> fresh = new ArrayList<>();
    for (Kept k : kept) {
      if (!known.containsKey(prints.get(k.name()))) {
        KeyNames.Choice choice = names.choose(k.name(), k.clear());
        called.put(k.name(), choice);
        fresh.add(new NewKey(choice.name(), Secret.of(k.clear()), k.account()));
      }
    }
    inserts.insert(tx, pool, fresh, clock.instant(), who.email(), who.userId());
    PoolRepository.changed(tx, pool);
    var fates = new ArrayList<ImportLine>();
    for (ImportLine line : preview.lines()) {
      ByteBuffer print = prints.get(line.name());
      Known there = print == null || line.fate() != ImportStatus.NEW ? null : known.get(print);
      fates.add(
          there == null ? named(line, called.get(line.name())) : ImportPreview.known(line, there));
    }
    return fates;
  }

  /** The line, renamed if another key took the previewed name since then. */
  private static ImportLine named(ImportLine line, KeyNames.@Nullable Choice choice) {
    return line.fate() != ImportStatus.NEW || choice == null || choice.note().isEmpty()
        ? line
        : new ImportLine(
            line.line(), choice.name(), line.masked(), ImportStatus.NEW, choice.note());
  }

  private static List<Kept> kept(List<ParsedKey> lines, List<ImportLine> fates) {
    var kept = new ArrayList<Kept>();
    for (int i = 0; i < lines.size(); i++) {
      ImportLine fate = fates.get(i);
      if (fate.fate() == ImportStatus.NEW) {
        ParsedKey line = lines.get(i);
        kept.add(new Kept(line.line(), fate.name(), line.clear(), line.account()));
      }
    }
    return kept;
  }

  private List<Kept> open(Tx tx, ImportReport preview, Record row) {
    UUID dataKeyId = row.get(KEY_IMPORTS.DATA_KEY_ID);
    vault.learn(tx.dsl(), dataKeyId);
    var encryptedSecret = new EncryptedSecret(dataKeyId, row.get(KEY_IMPORTS.CIPHERTEXT));
    return parts(vault.open(encryptedSecret, context(preview.pool(), preview.id())).reveal(), KEPT);
  }

  private static EncryptionContext context(PoolId pool, UUID id) {
    return EncryptionContext.of("key_import", id, pool.workspaceId().toString(), pool.provider());
  }

  private ImportReport report(UUID workspace, UUID id, Record row) {
    Instant confirmed = row.get(KEY_IMPORTS.CONFIRMED_AT);
    boolean old =
        row.get(KEY_IMPORTS.CIPHERTEXT) == null
            || row.get(KEY_IMPORTS.CREATED_AT).isBefore(clock.instant().minus(WAITS));
    return new ImportReport(
        id,
        new PoolId(workspace, row.get(KEY_IMPORTS.PROVIDER)),
        row.get(KEY_IMPORTS.CREATED_AT),
        confirmed,
        confirmed == null && old,
        parts(row.get(KEY_IMPORTS.REPORT).data(), LINES));
  }

  private static <T> T parts(String json, TypeReference<T> type) {
    try {
      return Json.MAPPER.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
