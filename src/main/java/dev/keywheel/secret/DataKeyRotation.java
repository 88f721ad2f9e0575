package dev.keywheel.secret;

import static dev.keywheel.db.schema.Tables.DATA_KEYS;
import static org.jooq.Records.mapping;
import static org.jooq.impl.SQLDataType.INTEGER;

import dev.keywheel.db.Database;
import dev.keywheel.db.Tx;
import dev.keywheel.problem.Rejected;
import dev.keywheel.time.TimeWindow;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces the data key that encrypts secrets. New secrets use the new key immediately. A job
 * re-encrypts the secrets of the retired key in batches, commits the progress with each batch, and
 * deletes the retired key when no row uses it. Until then both keys open secrets.
 *
 * <p>Ciphertexts of a data key that an older version of Keywheel created may authenticate less of
 * their context. The job replaces such a data key automatically.
 */
public final class DataKeyRotation {
  private static final Logger log = LoggerFactory.getLogger(DataKeyRotation.class);

  /** Number of rows locked by one transaction; small, so that calls wait for them only briefly. */
  static final int BATCH = 200;

  /** How long to wait before retrying secrets that could not be decrypted. */
  private static final Duration RETRY_AFTER = Duration.ofHours(1);

  private final Database database;
  private final Vault vault;
  private final List<EncryptedColumn> columns;
  private final InstantSource clock;
  private volatile TimeWindow retryPause = TimeWindow.OVER;

  public DataKeyRotation(
      Database database, Vault vault, List<EncryptedColumn> columns, InstantSource clock) {
    this.database = database;
    this.vault = vault;
    this.columns = List.copyOf(columns);
    this.clock = clock;
  }

  /**
   * The current data key and the rotation in progress.
   *
   * @param retired keys whose secrets are being moved; empty if all secrets use the current key
   */
  public record DataKeyStatus(UUID dataKeyId, Instant createdAt, List<RetiredDataKey> retired) {}

  /**
   * A data key that encrypts no new secrets.
   *
   * @param moved number of secrets already moved to the new key
   * @param total number of secrets to move; null until the job has counted them
   */
  public record RetiredDataKey(
      UUID dataKeyId, Instant retiredAt, long moved, @Nullable Long total) {}

  private record ActiveKey(UUID id, Instant createdAt, int format) {}

  public DataKeyStatus status() {
    return database.read(
        dsl -> {
          var current = activeKey(dsl);
          return new DataKeyStatus(current.id(), current.createdAt(), retired(dsl));
        });
  }

  /**
   * Makes a new data key and begins to move the secrets to it.
   *
   * @param alongside further writes in the same transaction, with the id of the new key
   * @throws Rejected while a rotation is in progress
   */
  public UUID start(BiConsumer<Tx, UUID> alongside) {
    vault.requireOpen();
    return database.inTx(
        tx -> {
          UUID fresh = vault.replaceDataKey(tx);
          List<RetiredDataKey> retired = retired(tx.dsl());
          if (retired.size() > 1) {
            throw new Rejected(
                "A rotation is in progress: secrets of the data key "
                    + retired.getFirst().dataKeyId()
                    + " are still being moved. Start the next one when it has ended.");
          }
          alongside.accept(tx, fresh);
          return fresh;
        });
  }

  /**
   * Moves secrets until none is left or the node stops. Runs on one node at a time.
   *
   * @param ended further writes in the transaction that deletes a retired key
   */
  public void run(BooleanSupplier stopping, BiConsumer<Tx, RetiredDataKey> ended) {
    List<RetiredDataKey> moving = database.read(DataKeyRotation::retired);
    if (moving.isEmpty() && database.read(dsl -> activeKey(dsl).format()) < CipherKey.FORMAT) {
      UUID fresh = start((tx, id) -> {});
      log.info("Re-encrypting all secrets with the new data key {}", fresh);
      moving = database.read(DataKeyRotation::retired);
    }
    if (retryPause.contains(clock.instant())) {
      return;
    }
    for (RetiredDataKey retired : moving) {
      move(retired, stopping, ended);
    }
  }

  private void move(
      RetiredDataKey retired, BooleanSupplier stopping, BiConsumer<Tx, RetiredDataKey> ended) {
    UUID key = retired.dataKeyId();
    if (retired.total() == null) {
      count(key);
    }
    for (EncryptedColumn column : columns) {
      @Nullable UUID cursor = null;
      do {
        if (stopping.getAsBoolean()) {
          return;
        }
        UUID after = cursor;
        cursor = database.<@Nullable UUID>inTx(tx -> moveBatch(tx, column, key, after));
      } while (cursor != null);
    }
    if (database.inTx(tx -> deleteUnused(tx, key, ended))) {
      log.info("The retired data key {} is deleted because no secret uses it", key);
    } else {
      retryPause = TimeWindow.from(clock.instant(), RETRY_AFTER);
      log.warn("The retired data key {} is kept: some secrets could not be moved", key);
    }
  }

  private void count(UUID key) {
    database.runTx(
        tx ->
            tx.dsl()
                .update(DATA_KEYS)
                .set(
                    DATA_KEYS.SECRETS_TOTAL,
                    columns.stream().mapToLong(column -> column.count(tx.dsl(), key)).sum())
                .where(DATA_KEYS.ID.eq(key))
                .execute());
  }

  /** Moves the next batch. Returns the id of its last row; null if no rows remain. */
  private @Nullable UUID moveBatch(Tx tx, EncryptedColumn column, UUID key, @Nullable UUID after) {
    List<Record> rows = column.lock(tx, key, after, BATCH);
    if (rows.isEmpty()) {
      return null;
    }
    vault.loadDataKey(tx.dsl(), key);
    Sealer sealer = vault.sealer(tx.dsl());
    long moved = rows.stream().filter(row -> move(tx, column, row, sealer)).count();
    tx.dsl()
        .update(DATA_KEYS)
        .set(DATA_KEYS.SECRETS_MOVED, DATA_KEYS.SECRETS_MOVED.plus(moved))
        .where(DATA_KEYS.ID.eq(key))
        .execute();
    return rows.getLast().get(column.id());
  }

  private boolean move(Tx tx, EncryptedColumn column, Record row, Sealer sealer) {
    UUID id = row.get(column.id());
    EncryptionContext context = column.context().apply(row);
    Secret secret;
    try {
      secret = vault.open(column.secret(row), context);
    } catch (IllegalStateException e) {
      log.warn("Row {} of the {} keeps its old data key: {}", id, column.label(), e.getMessage());
      return false;
    }
    column.store(tx, id, sealer.seal(secret, context));
    return true;
  }

  /** Deletes the key unless a row uses it. First waits for transactions that encrypt with it. */
  private boolean deleteUnused(Tx tx, UUID key, BiConsumer<Tx, RetiredDataKey> ended) {
    tx.dsl().selectFrom(DATA_KEYS).where(DATA_KEYS.ID.eq(key)).forUpdate().fetch();
    UUID current = activeKey(tx.dsl()).id();
    columns.forEach(column -> column.releaseEmpty(tx, key, current));
    if (columns.stream().anyMatch(column -> column.uses(tx, key))) {
      return false;
    }
    retired(tx.dsl()).stream()
        .filter(retired -> retired.dataKeyId().equals(key))
        .forEach(retired -> ended.accept(tx, retired));
    return tx.dsl().deleteFrom(DATA_KEYS).where(DATA_KEYS.ID.eq(key)).execute() > 0;
  }

  private static ActiveKey activeKey(DSLContext dsl) {
    return dsl.select(DATA_KEYS.ID, DATA_KEYS.CREATED_AT, DATA_KEYS.FORMAT.coerce(INTEGER))
        .from(DATA_KEYS)
        .where(secrets("active"))
        .fetchSingle(mapping(ActiveKey::new));
  }

  private static List<RetiredDataKey> retired(DSLContext dsl) {
    return dsl.select(
            DATA_KEYS.ID, DATA_KEYS.RETIRED_AT, DATA_KEYS.SECRETS_MOVED, DATA_KEYS.SECRETS_TOTAL)
        .from(DATA_KEYS)
        .where(secrets("retired"))
        .orderBy(DATA_KEYS.RETIRED_AT)
        .fetch(mapping(RetiredDataKey::new));
  }

  private static Condition secrets(String state) {
    return DATA_KEYS.PURPOSE.eq(DataKeyRepository.SECRETS).and(DATA_KEYS.STATE.eq(state));
  }
}
