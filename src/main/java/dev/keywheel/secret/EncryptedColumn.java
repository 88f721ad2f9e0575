package dev.keywheel.secret;

import dev.keywheel.db.Tx;
import dev.keywheel.secret.Vault.EncryptedSecret;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.TableField;
import org.jspecify.annotations.Nullable;

/**
 * A column of ciphertexts, which the rotation job moves to a new data key. Defined by the package
 * that owns the table.
 *
 * @param label name of the rows in the log, such as {@code keys}
 * @param id primary key
 * @param dataKeyId the data key of {@code ciphertext}
 * @param ciphertext null after the secret was erased
 * @param context computes the encryption context from a row with all columns
 */
public record EncryptedColumn(
    String label,
    TableField<?, UUID> id,
    TableField<?, UUID> dataKeyId,
    TableField<?, byte[]> ciphertext,
    Function<Record, EncryptionContext> context) {

  long count(DSLContext dsl, UUID key) {
    return dsl.fetchCount(table(), dataKeyId.eq(key).and(ciphertext.isNotNull()));
  }

  /** Locks the next rows that use the data key, sorted by id. */
  List<Record> lock(Tx tx, UUID key, @Nullable UUID after, int limit) {
    return tx.dsl()
        .selectFrom(table())
        .where(dataKeyId.eq(key))
        .and(ciphertext.isNotNull())
        .and(after == null ? id.isNotNull() : id.gt(after))
        .orderBy(id)
        .limit(limit)
        .forUpdate()
        .fetch()
        .map(row -> row);
  }

  EncryptedSecret secret(Record row) {
    return new EncryptedSecret(row.get(dataKeyId), row.get(ciphertext));
  }

  void store(Tx tx, UUID row, EncryptedSecret secret) {
    tx.dsl()
        .update(table())
        .set(dataKeyId, secret.dataKeyId())
        .set(ciphertext, secret.ciphertext())
        .where(id.eq(row))
        .execute();
  }

  /**
   * Makes rows without a ciphertext refer to another data key, so that the old one can be deleted.
   */
  void releaseEmpty(Tx tx, UUID from, UUID to) {
    tx.dsl()
        .update(table())
        .set(dataKeyId, to)
        .where(dataKeyId.eq(from))
        .and(ciphertext.isNull())
        .execute();
  }

  boolean uses(Tx tx, UUID key) {
    return tx.dsl().fetchExists(table(), dataKeyId.eq(key));
  }

  private Table<?> table() {
    return Objects.requireNonNull(id.getTable());
  }
}
