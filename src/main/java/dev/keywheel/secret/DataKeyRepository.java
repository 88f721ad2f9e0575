package dev.keywheel.secret;

import static dev.keywheel.db.schema.Tables.DATA_KEYS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.jooq.Records.mapping;

import dev.keywheel.db.Database;
import dev.keywheel.db.Ids;
import dev.keywheel.db.Tx;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;
import javax.crypto.SecretKey;
import org.jooq.DSLContext;

/** The wrapped data keys: one seals secrets, one computes fingerprints. */
final class DataKeyRepository {
  private static final String KIND = "data_key";
  private static final String CANARY_KIND = "canary";
  private static final byte[] CANARY = "keywheel".getBytes(UTF_8);
  private static final String SECRETS = "secrets";
  private static final String FINGERPRINTS = "fingerprints";

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

  record Row(UUID id, String purpose, String kekId, byte[] wrapped, byte[] canary, String state) {
    boolean active(String wanted) {
      return purpose.equals(wanted) && state.equals("active");
    }
  }

  /** None of the available key-encryption keys wrapped this data key. */
  static final class NoKek extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String neededKekId;

    NoKek(String neededKekId) {
      super("The key-encryption key " + neededKekId + " is not at hand");
      this.neededKekId = neededKekId;
    }

    String neededKekId() {
      return neededKekId;
    }
  }

  List<Row> all() {
    return database.read(this::select);
  }

  /** The id of the KEK that wraps the data keys; empty in an empty database. */
  String neededKekId() {
    return all().stream().findFirst().map(Row::kekId).orElse("");
  }

  /** Creates the two data keys, or returns those that another node created first. */
  List<Row> make(Kek kek) {
    return database.inTx(
        tx -> {
          insert(tx, SECRETS, kek);
          insert(tx, FINGERPRINTS, kek);
          return select(tx.dsl());
        });
  }

  /** Unwraps every row and checks its canary. Throws {@link NoKek} or {@link AesGcm.Damaged}. */
  KeyRing unwrap(List<Row> rows, List<Kek> keks) {
    Map<UUID, SecretKey> all = new HashMap<>();
    for (Row row : rows) {
      SecretKey key = unwrap(row, keks);
      aesGcm.open(key, row.canary(), CANARY_KIND, row.id());
      all.put(row.id(), key);
    }
    return KeyRing.of(all, active(rows, SECRETS), active(rows, FINGERPRINTS));
  }

  /** Rewraps all rows or none; {@code after} gets their number in the same transaction. */
  <T> T rewrap(List<Kek> keks, Kek fresh, BiFunction<Tx, Integer, T> after) {
    Instant now = clock.instant();
    return database.inTx(
        tx -> {
          int changed = 0;
          for (Row row : lock(tx)) {
            SecretKey key = unwrap(row, keks);
            changed +=
                tx.dsl()
                    .update(DATA_KEYS)
                    .set(DATA_KEYS.WRAPPED, wrap(key, fresh, row.id()))
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
    SecretKey key = AesGcm.aes(bytes);
    tx.dsl()
        .insertInto(DATA_KEYS)
        .set(DATA_KEYS.ID, id)
        .set(DATA_KEYS.PURPOSE, purpose)
        .set(DATA_KEYS.KEK_ID, kek.id())
        .set(DATA_KEYS.WRAPPED, wrap(key, kek, id))
        .set(DATA_KEYS.CANARY, aesGcm.seal(key, CANARY, CANARY_KIND, id))
        .set(DATA_KEYS.STATE, "active")
        .set(DATA_KEYS.CREATED_AT, clock.instant())
        .onConflictDoNothing()
        .execute();
  }

  private byte[] wrap(SecretKey key, Kek kek, UUID id) {
    return aesGcm.seal(AesGcm.aes(kek.bytes()), key.getEncoded(), KIND, id);
  }

  private SecretKey unwrap(Row row, List<Kek> keks) {
    Kek kek =
        keks.stream()
            .filter(candidate -> candidate.id().equals(row.kekId()))
            .findFirst()
            .orElseThrow(() -> new NoKek(row.kekId()));
    return AesGcm.aes(aesGcm.open(AesGcm.aes(kek.bytes()), row.wrapped(), KIND, row.id()));
  }

  private static UUID active(List<Row> rows, String purpose) {
    return rows.stream().filter(row -> row.active(purpose)).findFirst().orElseThrow().id();
  }

  private List<Row> select(DSLContext dsl) {
    return dsl.select(
            DATA_KEYS.ID,
            DATA_KEYS.PURPOSE,
            DATA_KEYS.KEK_ID,
            DATA_KEYS.WRAPPED,
            DATA_KEYS.CANARY,
            DATA_KEYS.STATE)
        .from(DATA_KEYS)
        .orderBy(DATA_KEYS.CREATED_AT.desc(), DATA_KEYS.ID)
        .fetch(mapping(Row::new));
  }

  private List<Row> lock(Tx tx) {
    return tx.dsl()
        .select(
            DATA_KEYS.ID,
            DATA_KEYS.PURPOSE,
            DATA_KEYS.KEK_ID,
            DATA_KEYS.WRAPPED,
            DATA_KEYS.CANARY,
            DATA_KEYS.STATE)
        .from(DATA_KEYS)
        .orderBy(DATA_KEYS.ID)
        .forUpdate()
        .fetch(mapping(Row::new));
  }
}
