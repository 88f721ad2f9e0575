package dev.keywheel.settings;

import static dev.keywheel.db.schema.Tables.INSTANCE_SETTINGS;
import static dev.keywheel.db.schema.Tables.SETTINGS;

import dev.keywheel.db.Database;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import java.time.Instant;
import java.util.UUID;
import org.jooq.DSLContext;

/**
 * Stores groups of settings, one row each. The package that owns a group defines its record, name
 * and defaults. Its record must also accept null or 0 for fields that an older stored group lacks.
 */
public final class SettingsStore {
  private final Database database;

  public SettingsStore(Database database) {
    this.database = database;
  }

  /** The stored group, or {@code fallback} if there is none. */
  public <T> T read(UUID workspace, String name, Class<T> type, T fallback) {
    return database.read(dsl -> read(dsl, workspace, name, type, fallback));
  }

  /** Like {@link #read(UUID, String, Class, Object)}, inside a transaction. */
  public <T> T read(Tx tx, UUID workspace, String name, Class<T> type, T fallback) {
    return read(tx.dsl(), workspace, name, type, fallback);
  }

  private static <T> T read(
      DSLContext dsl, UUID workspace, String name, Class<T> type, T fallback) {
    var stored =
        dsl.select(SETTINGS.VALUE)
            .from(SETTINGS)
            .where(SETTINGS.WORKSPACE_ID.eq(workspace), SETTINGS.NAME.eq(name))
            .fetchOne(SETTINGS.VALUE);
    return stored == null ? fallback : Json.read(stored, type);
  }

  /** A stored group that holds for all workspaces, or {@code fallback} if there is none. */
  public <T> T readInstance(String name, Class<T> type, T fallback) {
    return database.read(dsl -> readInstance(dsl, name, type, fallback));
  }

  /** Like {@link #readInstance(String, Class, Object)}, inside a transaction. */
  public <T> T readInstance(Tx tx, String name, Class<T> type, T fallback) {
    return readInstance(tx.dsl(), name, type, fallback);
  }

  private static <T> T readInstance(DSLContext dsl, String name, Class<T> type, T fallback) {
    var stored =
        dsl.select(INSTANCE_SETTINGS.VALUE)
            .from(INSTANCE_SETTINGS)
            .where(INSTANCE_SETTINGS.NAME.eq(name))
            .fetchOne(INSTANCE_SETTINGS.VALUE);
    return stored == null ? fallback : Json.read(stored, type);
  }

  /**
   * Like {@link #read(UUID, String, Class, Object)}, and locks the group until the transaction
   * ends. A group that is not stored yet is stored with {@code fallback}; this is rolled back with
   * the transaction if the change is rejected.
   */
  public <T> T lock(
      Tx tx, UUID workspace, String name, Class<T> type, T fallback, String who, Instant at) {
    boolean isNew =
        tx.dsl()
                .insertInto(SETTINGS)
                .columns(
                    SETTINGS.WORKSPACE_ID,
                    SETTINGS.NAME,
                    SETTINGS.VALUE,
                    SETTINGS.CHANGED_AT,
                    SETTINGS.CHANGED_BY)
                .values(workspace, name, Json.jsonb(fallback), at, who)
                .onConflictDoNothing()
                .execute()
            > 0;
    return isNew
        ? fallback
        : tx.dsl()
            .select(SETTINGS.VALUE)
            .from(SETTINGS)
            .where(SETTINGS.WORKSPACE_ID.eq(workspace), SETTINGS.NAME.eq(name))
            .forUpdate()
            .fetchSingle(row -> Json.read(row.value1(), type));
  }

  /** Like {@link #lock}, for all workspaces. */
  public <T> T lockInstance(Tx tx, String name, Class<T> type, T fallback, String who, Instant at) {
    boolean isNew =
        tx.dsl()
                .insertInto(INSTANCE_SETTINGS)
                .columns(
                    INSTANCE_SETTINGS.NAME,
                    INSTANCE_SETTINGS.VALUE,
                    INSTANCE_SETTINGS.CHANGED_AT,
                    INSTANCE_SETTINGS.CHANGED_BY)
                .values(name, Json.jsonb(fallback), at, who)
                .onConflictDoNothing()
                .execute()
            > 0;
    return isNew
        ? fallback
        : tx.dsl()
            .select(INSTANCE_SETTINGS.VALUE)
            .from(INSTANCE_SETTINGS)
            .where(INSTANCE_SETTINGS.NAME.eq(name))
            .forUpdate()
            .fetchSingle(row -> Json.read(row.value1(), type));
  }

  /** Like {@link #write}, for all workspaces. */
  public void writeInstance(Tx tx, String name, Object value, String who, Instant at) {
    var json = Json.jsonb(value);
    tx.dsl()
        .insertInto(INSTANCE_SETTINGS)
        .columns(
            INSTANCE_SETTINGS.NAME,
            INSTANCE_SETTINGS.VALUE,
            INSTANCE_SETTINGS.CHANGED_AT,
            INSTANCE_SETTINGS.CHANGED_BY)
        .values(name, json, at, who)
        .onConflict(INSTANCE_SETTINGS.NAME)
        .doUpdate()
        .set(INSTANCE_SETTINGS.VALUE, json)
        .set(INSTANCE_SETTINGS.CHANGED_AT, at)
        .set(INSTANCE_SETTINGS.CHANGED_BY, who)
        .execute();
  }

  public void write(Tx tx, UUID workspace, String name, Object value, String who, Instant at) {
    var json = Json.jsonb(value);
    tx.dsl()
        .insertInto(SETTINGS)
        .columns(
            SETTINGS.WORKSPACE_ID,
            SETTINGS.NAME,
            SETTINGS.VALUE,
            SETTINGS.CHANGED_AT,
            SETTINGS.CHANGED_BY)
        .values(workspace, name, json, at, who)
        .onConflict(SETTINGS.WORKSPACE_ID, SETTINGS.NAME)
        .doUpdate()
        .set(SETTINGS.VALUE, json)
        .set(SETTINGS.CHANGED_AT, at)
        .set(SETTINGS.CHANGED_BY, who)
        .execute();
  }
}
