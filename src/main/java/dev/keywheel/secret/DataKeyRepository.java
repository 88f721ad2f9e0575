package dev.keywheel.secret;

import static dev.keywheel.db.schema.Tables.DATA_KEYS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.jooq.Records.mapping;
import static org.jooq.impl.SQLDataType.INTEGER;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jooq.DSLContext;
import org.jooq.Record7;
import org.jooq.SelectJoinStep;

/** The wrapped data keys: one seals secrets, one computes fingerprints, one signs the audit log. */
final class DataKeyRepository {
  private static final String KIND = "data_key";
  private static final String CANARY_KIND = "canary";
  private static final byte[] CANARY = "keywheel".getBytes(UTF_8);
  static final String SECRETS = "secrets";
  private static final String FINGERPRINTS = "fingerprints";
  static final String AUDIT = "audit";
  private static final String ACTIVE = "active";

  private final Database database;
  private final AesGcm aesGcm;
  private final SecureRandom random;
  private final Ids ids;
  private final InstantSource clock;

  DataKeyRepository(
      Database database, AesGcm aesGcm, SecureRandom random, Ids ids, InstantSource clock) {
    this.database = database;
    this.aesGcm = aesGcm;
    this.random = random;
    this.ids = ids;
    this.clock = clock;
  }

  record Row(
      UUID id,
      String purpose,
      String kekId,
      byte[] wrapped,
      byte[] canary,
      String state,
      int oldestFormat) {
    boolean isActive(String wantedPurpose) {
      return purpose.equals(wantedPurpose) && state.equals(ACTIVE);
    }
  }

  /** Thrown if none of the available key-encryption keys unwraps a data key. */
  static final class NoKek extends RuntimeException {
    private final String neededKekId;

    NoKek(String neededKekId) {
      super("The key-encryption key " + neededKekId + " is not available");
      this.neededKekId = neededKekId;
    }

    String neededKekId() {
      return neededKekId;
    }
  }

  List<Row> all() {
    return database.read(this::select);
  }

  <T> T read(Function<DSLContext, T> statements) {
    return database.read(statements);
  }

  /** The id of the KEK that wraps the data keys; empty in an empty database. */
  String neededKekId() {
    return all().stream().findFirst().map(Row::kekId).orElse("");
  }

  /** Creates the missing data keys. Returns all, including those that another node created. */
  List<Row> createMissing(Kek kek) {
    return database.inTx(
        tx -> {
          insert(tx, SECRETS, kek);
          insert(tx, FINGERPRINTS, kek);
          insert(tx, AUDIT, kek);
          return select(tx.dsl());
        });
  }

  /** Whether there is a key for the audit log; databases of earlier versions have none. */
  static boolean hasAuditKey(List<Row> rows) {
    return rows.stream().anyMatch(row -> row.isActive(AUDIT));
  }

  /**
   * Replaces the active key of a purpose with a new key; the old key is kept as retired.
   *
   * @param keks called under the lock, as another node may have just changed the KEK
   */
  UUID replace(Tx tx, String purpose, Supplier<List<Kek>> keks) {
    Row before = lock(tx).stream().filter(row -> row.isActive(purpose)).findFirst().orElseThrow();
    tx.dsl()
        .update(DATA_KEYS)
        .set(DATA_KEYS.STATE, "retired")
        .set(DATA_KEYS.RETIRED_AT, clock.instant())
        .where(DATA_KEYS.ID.eq(before.id()))
        .execute();
    insert(tx, purpose, kek(before.kekId(), keks.get()));
    return active(select(tx.dsl()), purpose);
  }

  /** Unwraps every row and checks its canary. Throws {@link NoKek} or {@link AesGcm.Damaged}. */
  KeyRing unwrap(List<Row> rows, List<Kek> keks) {
    Map<UUID, CipherKey> all = new HashMap<>();
    for (Row row : rows) {
      CipherKey key = unwrap(row, keks);
      aesGcm.open(key, row.canary(), EncryptionContext.of(CANARY_KIND, row.id()));
      all.put(row.id(), key);
    }
    Set<UUID> audit =
        rows.stream()
            .filter(row -> row.purpose().equals(AUDIT))
            .map(Row::id)
            .collect(Collectors.toUnmodifiableSet());
    return new KeyRing(
        all, active(rows, SECRETS), active(rows, FINGERPRINTS), active(rows, AUDIT), audit);
  }

  /** The id of the data key that seals secrets; locked until the transaction ends. */
  UUID lockSealing(DSLContext dsl) {
    var active =
        dsl.select(DATA_KEYS.ID)
            .from(DATA_KEYS)
            .where(DATA_KEYS.PURPOSE.eq(SECRETS))
            .and(DATA_KEYS.STATE.eq(ACTIVE))
            .forKeyShare();
    // A query that waited for a rotation finds no active key; a second query finds the new key.
    return active.fetchOptional(DATA_KEYS.ID).orElseGet(() -> active.fetchSingle(DATA_KEYS.ID));
  }

  /** Rewraps all rows or none; {@code after} gets their number in the same transaction. */
  <T> T rewrap(List<Kek> keks, Kek fresh, BiFunction<Tx, Integer, T> after) {
    Instant now = clock.instant();
    return database.inTx(
        tx -> {
          int changed = 0;
          for (Row row : lock(tx)) {
            CipherKey key = unwrap(row, keks);
            changed +=
                tx.dsl()
                    .update(DATA_KEYS)
                    .set(DATA_KEYS.WRAPPED, wrap(key, fresh, row.id(), row.purpose()))
                    .set(DATA_KEYS.KEK_ID, fresh.id())
                    .set(DATA_KEYS.REWRAPPED_AT, now)
                    .where(DATA_KEYS.ID.eq(row.id()))
                    .execute();
          }
          return after.apply(tx, changed);
        });
  }

  private void insert(Tx tx, String purpose, Kek kek) {
    UUID id = ids.next();
    byte[] bytes = new byte[Kek.BYTES];
    random.nextBytes(bytes);
    CipherKey key = CipherKey.data(id, bytes, CipherKey.FORMAT);
    tx.dsl()
        .insertInto(DATA_KEYS)
        .set(DATA_KEYS.ID, id)
        .set(DATA_KEYS.PURPOSE, purpose)
        .set(DATA_KEYS.KEK_ID, kek.id())
        .set(DATA_KEYS.WRAPPED, wrap(key, kek, id, purpose))
        .set(DATA_KEYS.CANARY, aesGcm.seal(key, CANARY, EncryptionContext.of(CANARY_KIND, id)))
        .set(DATA_KEYS.STATE, ACTIVE)
        .set(DATA_KEYS.FORMAT, (short) CipherKey.FORMAT)
        .set(DATA_KEYS.CREATED_AT, clock.instant())
        .onConflictDoNothing()
        .execute();
  }

  private byte[] wrap(CipherKey key, Kek kek, UUID id, String purpose) {
    var context = EncryptionContext.of(KIND, id, purpose);
    return aesGcm.seal(CipherKey.of(kek), key.key().getEncoded(), context);
  }

  private CipherKey unwrap(Row row, List<Kek> keks) {
    Kek kek = kek(row.kekId(), keks);
    var context = EncryptionContext.of(KIND, row.id(), row.purpose());
    byte[] key = aesGcm.open(CipherKey.of(kek), row.wrapped(), context);
    return CipherKey.data(row.id(), key, row.oldestFormat());
  }

  /** The KEK with this id. Throws {@link NoKek} if it is not among {@code keks}. */
  static Kek kek(String id, List<Kek> keks) {
    return keks.stream()
        .filter(candidate -> candidate.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new NoKek(id));
  }

  private static UUID active(List<Row> rows, String purpose) {
    return rows.stream().filter(row -> row.isActive(purpose)).findFirst().orElseThrow().id();
  }

  List<Row> select(DSLContext dsl) {
    return rows(dsl).orderBy(DATA_KEYS.CREATED_AT.desc(), DATA_KEYS.ID).fetch(mapping(Row::new));
  }

  List<Row> lock(Tx tx) {
    return rows(tx.dsl()).orderBy(DATA_KEYS.ID).forUpdate().fetch(mapping(Row::new));
  }

  private static SelectJoinStep<Record7<UUID, String, String, byte[], byte[], String, Integer>>
      rows(DSLContext dsl) {
    return dsl.select(
            DATA_KEYS.ID,
            DATA_KEYS.PURPOSE,
            DATA_KEYS.KEK_ID,
            DATA_KEYS.WRAPPED,
            DATA_KEYS.CANARY,
            DATA_KEYS.STATE,
            DATA_KEYS.FORMAT.coerce(INTEGER))
        .from(DATA_KEYS);
  }
}
