package dev.keywheel.key.imports;

import static dev.keywheel.db.schema.Tables.KEY_IMPORTS;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.field;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Json;
import dev.keywheel.db.StoredEnum;
import dev.keywheel.db.Tx;
import dev.keywheel.key.imports.ImportReport.Stop;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.secret.EncryptedColumn;
import dev.keywheel.secret.EncryptionContext;
import dev.keywheel.secret.Secret;
import dev.keywheel.secret.Vault;
import dev.keywheel.secret.Vault.EncryptedSecret;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** Stores the previews, the encrypted secrets and the reports of imports. */
final class ImportStore {
  static final EncryptedColumn COLUMN =
      new EncryptedColumn(
          "import previews",
          KEY_IMPORTS.ID,
          KEY_IMPORTS.DATA_KEY_ID,
          KEY_IMPORTS.CIPHERTEXT,
          row -> {
            var pool = new PoolId(row.get(KEY_IMPORTS.WORKSPACE_ID), row.get(KEY_IMPORTS.PROVIDER));
            return context(pool, row.get(KEY_IMPORTS.ID));
          });

  /** Whether a preview still has its secrets. Does not read them. */
  static final Condition SEALED = KEY_IMPORTS.CIPHERTEXT.isNotNull();

  private static final Field<Boolean> WITH_SECRETS = field(SEALED).as("with_secrets");

  private static final TypeReference<List<ImportLine>> LINES = new TypeReference<>() {};
  private static final TypeReference<List<StoredSecret>> STORED_SECRETS = new TypeReference<>() {};

  private final Database database;
  private final Vault vault;
  private final Ids ids;
  private final InstantSource clock;

  ImportStore(Database database, Vault vault, Ids ids, InstantSource clock) {
    this.database = database;
    this.vault = vault;
    this.ids = ids;
    this.clock = clock;
  }

  /**
   * A secret of a preview.
   *
   * @param key the key whose secret is replaced; null for a new key
   */
  record StoredSecret(
      int line, String name, String clear, @Nullable String account, @Nullable UUID key) {
    @Override
    public String toString() {
      return "line " + line;
    }
  }

  ImportReport add(
      PoolId pool,
      boolean replaces,
      List<ImportLine> lines,
      List<StoredSecret> kept,
      Principal who) {
    UUID id = ids.next();
    vault.requireOpen();
    Secret secret = Secret.of(Json.text(kept));
    Instant now = clock.instant();
    database.runTx(
        tx -> {
          EncryptedSecret encryptedSecret = vault.sealer(tx.dsl()).seal(secret, context(pool, id));
          tx.dsl()
              .insertInto(KEY_IMPORTS)
              .set(KEY_IMPORTS.ID, id)
              .set(KEY_IMPORTS.WORKSPACE_ID, pool.workspaceId())
              .set(KEY_IMPORTS.PROVIDER, pool.provider())
              .set(KEY_IMPORTS.REPLACES, replaces)
              .set(KEY_IMPORTS.CREATED_BY, who.userId())
              .set(KEY_IMPORTS.CREATED_AT, now)
              .set(KEY_IMPORTS.DATA_KEY_ID, encryptedSecret.dataKeyId())
              .set(KEY_IMPORTS.CIPHERTEXT, encryptedSecret.ciphertext())
              .set(KEY_IMPORTS.REPORT, Json.jsonb(lines))
              .execute();
        });
    return new ImportReport(id, pool, now, null, false, replaces, false, null, lines);
  }

  ImportReport get(UUID workspace, UUID id) {
    return database
        .read(
            dsl ->
                dsl.select(
                        KEY_IMPORTS.PROVIDER,
                        KEY_IMPORTS.CREATED_AT,
                        KEY_IMPORTS.CONFIRMED_AT,
                        KEY_IMPORTS.REPLACES,
                        KEY_IMPORTS.BEGUN_AT,
                        KEY_IMPORTS.DONE,
                        KEY_IMPORTS.MISSED,
                        KEY_IMPORTS.STOPPED,
                        KEY_IMPORTS.REPORT,
                        WITH_SECRETS)
                    .from(KEY_IMPORTS)
                    .where(KEY_IMPORTS.WORKSPACE_ID.eq(workspace))
                    .and(KEY_IMPORTS.ID.eq(id))
                    .fetchOptional(row -> report(workspace, id, row)))
        .orElseThrow(ImportStore::missing);
  }

  private static NotFound missing() {
    return new NotFound("There is no such import. Paste the keys again.");
  }

  /**
   * Returns the preview, even if it was already confirmed. Throws {@link NotFound} when the
   * workspace has no such preview, and {@link Conflict} when the preview has expired.
   */
  ImportReport confirmable(UUID workspace, UUID id, boolean replaces) {
    ImportReport preview = get(workspace, id);
    if (preview.replaces() != replaces) {
      throw missing();
    }
    if (preview.expired()) {
      throw new Conflict("Expired", "This preview is more than an hour old. Paste the keys again.");
    }
    return preview;
  }

  /**
   * Locks the preview and decrypts its secrets; empty when the preview was confirmed or its secrets
   * were erased since then.
   */
  Optional<List<StoredSecret>> take(Tx tx, ImportReport preview) {
    return tx.dsl()
        .select(KEY_IMPORTS.DATA_KEY_ID, KEY_IMPORTS.CIPHERTEXT)
        .from(KEY_IMPORTS)
        .where(unconfirmed(preview.id()).and(KEY_IMPORTS.BEGUN_AT.isNull()).and(SEALED))
        .forUpdate()
        .fetchOptional()
        .map(row -> open(tx.dsl(), preview.pool(), preview.id(), row));
  }

  static Condition unconfirmed(UUID id) {
    return KEY_IMPORTS.ID.eq(id).and(KEY_IMPORTS.CONFIRMED_AT.isNull());
  }

  /** Stores the final report and erases the secrets. */
  void end(Tx tx, UUID id, List<ImportLine> lines) {
    tx.dsl()
        .update(KEY_IMPORTS)
        .set(KEY_IMPORTS.CONFIRMED_AT, clock.instant())
        .set(KEY_IMPORTS.CIPHERTEXT, (byte[]) null)
        .set(KEY_IMPORTS.REPORT, Json.jsonb(lines))
        .where(KEY_IMPORTS.ID.eq(id))
        .execute();
  }

  /**
   * Erases the secrets of expired previews, and of replacements that have not ended within {@link
   * ReplacementStore#MAX_DURATION}. Returns the number of rows.
   */
  int eraseExpiredSecrets() {
    Instant now = clock.instant();
    var waiting =
        and(
            KEY_IMPORTS.BEGUN_AT.isNull(),
            KEY_IMPORTS.CREATED_AT.lt(now.minus(KeyImport.PREVIEW_LIFETIME)));
    var begun = KEY_IMPORTS.BEGUN_AT.lt(now.minus(ReplacementStore.MAX_DURATION));
    return database.inTx(
        tx ->
            tx.dsl()
                .update(KEY_IMPORTS)
                .set(KEY_IMPORTS.CIPHERTEXT, (byte[]) null)
                .where(SEALED, waiting.or(begun))
                .execute());
  }

  List<StoredSecret> open(DSLContext dsl, PoolId pool, UUID id, Record row) {
    UUID dataKeyId = row.get(KEY_IMPORTS.DATA_KEY_ID);
    vault.loadDataKey(dsl, dataKeyId);
    var encryptedSecret = new EncryptedSecret(dataKeyId, row.get(KEY_IMPORTS.CIPHERTEXT));
    return Json.read(vault.open(encryptedSecret, context(pool, id)).reveal(), STORED_SECRETS);
  }

  private static EncryptionContext context(PoolId pool, UUID id) {
    return EncryptionContext.of("key_import", id, pool.workspaceId().toString(), pool.provider());
  }

  private ImportReport report(UUID workspace, UUID id, Record row) {
    Instant confirmed = row.get(KEY_IMPORTS.CONFIRMED_AT);
    boolean begun = confirmed == null && row.get(KEY_IMPORTS.BEGUN_AT) != null;
    boolean erased = !row.get(WITH_SECRETS);
    Stop stopped = StoredEnum.find(Stop.class, row.get(KEY_IMPORTS.STOPPED)).orElse(null);
    List<ImportLine> lines = lines(row.get(KEY_IMPORTS.REPORT));
    boolean halted = begun && erased; // the job has not noticed the erasure yet
    return new ImportReport(
        id,
        new PoolId(workspace, row.get(KEY_IMPORTS.PROVIDER)),
        row.get(KEY_IMPORTS.CREATED_AT),
        confirmed,
        confirmed == null && !begun && (erased || expired(row.get(KEY_IMPORTS.CREATED_AT))),
        row.get(KEY_IMPORTS.REPLACES),
        begun && !erased,
        halted ? Stop.ERASED : stopped,
        halted
            ? ReplacementStore.report(
                lines, lines(row.get(KEY_IMPORTS.MISSED)), row.get(KEY_IMPORTS.DONE), Stop.ERASED)
            : lines);
  }

  private boolean expired(Instant created) {
    return created.isBefore(clock.instant().minus(KeyImport.PREVIEW_LIFETIME));
  }

  static List<ImportLine> lines(JSONB json) {
    return Json.read(json.data(), LINES);
  }
}
