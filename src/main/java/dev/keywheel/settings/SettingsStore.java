package dev.keywheel.settings;

import static dev.keywheel.db.schema.Tables.INSTANCE_SETTINGS;
import static dev.keywheel.db.schema.Tables.SETTINGS;

import dev.keywheel.db.Database;
import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Table;

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
    return database.read(dsl -> Row.of(workspace, name).read(dsl, type, fallback));
  }

  /** Like {@link #read(UUID, String, Class, Object)}, inside a transaction. */
  public <T> T read(Tx tx, UUID workspace, String name, Class<T> type, T fallback) {
    return Row.of(workspace, name).read(tx.dsl(), type, fallback);
  }

  /** A stored group that applies to all workspaces, or {@code fallback} if there is none. */
  public <T> T readInstance(String name, Class<T> type, T fallback) {
    return database.read(dsl -> Row.of(name).read(dsl, type, fallback));
  }

  /** Like {@link #readInstance(String, Class, Object)}, inside a transaction. */
  public <T> T readInstance(Tx tx, String name, Class<T> type, T fallback) {
    return Row.of(name).read(tx.dsl(), type, fallback);
  }

  /**
   * Like {@link #read(UUID, String, Class, Object)}, and locks the group until the transaction
   * ends. A group that is not stored yet is stored with {@code fallback}; this is rolled back with
   * the transaction if the change is rejected.
   */
  public <T> T lock(
      Tx tx, UUID workspace, String name, Class<T> type, T fallback, String who, Instant at) {
    return Row.of(workspace, name).lock(tx, type, fallback, who, at);
  }

  /** Like {@link #lock}, for all workspaces. */
  public <T> T lockInstance(Tx tx, String name, Class<T> type, T fallback, String who, Instant at) {
    return Row.of(name).lock(tx, type, fallback, who, at);
  }

  /** Stores a group in place of the stored one, if there is one. */
  public void write(Tx tx, UUID workspace, String name, Object value, String who, Instant at) {
    Row.of(workspace, name).write(tx, value, who, at);
  }

  /** Like {@link #write}, for all workspaces. */
  public void writeInstance(Tx tx, String name, Object value, String who, Instant at) {
    Row.of(name).write(tx, value, who, at);
  }

  /** The row of a group, in the table of its scope. */
  private record Row(
      Table<?> table,
      Map<Field<?>, Object> key,
      Condition isRow,
      Field<JSONB> value,
      Field<Instant> changedAt,
      Field<String> changedBy) {

    static Row of(UUID workspace, String name) {
      var key = new LinkedHashMap<Field<?>, Object>(Map.of(SETTINGS.WORKSPACE_ID, workspace));
      key.put(SETTINGS.NAME, name);
      return new Row(
          SETTINGS,
          key,
          SETTINGS.WORKSPACE_ID.eq(workspace).and(SETTINGS.NAME.eq(name)),
          SETTINGS.VALUE,
          SETTINGS.CHANGED_AT,
          SETTINGS.CHANGED_BY);
    }

    static Row of(String name) {
      return new Row(
          INSTANCE_SETTINGS,
          Map.of(INSTANCE_SETTINGS.NAME, name),
          INSTANCE_SETTINGS.NAME.eq(name),
          INSTANCE_SETTINGS.VALUE,
          INSTANCE_SETTINGS.CHANGED_AT,
          INSTANCE_SETTINGS.CHANGED_BY);
    }

    <T> T read(DSLContext dsl, Class<T> type, T fallback) {
      var stored = dsl.select(value).from(table).where(isRow).fetchOne(value);
      return stored == null ? fallback : Json.read(stored, type);
    }

    <T> T lock(Tx tx, Class<T> type, T fallback, String who, Instant at) {
      boolean isNew =
          tx.dsl()
                  .insertInto(table)
                  .set(key)
                  .set(changes(fallback, who, at))
                  .onConflictDoNothing()
                  .execute()
              > 0;
      return isNew
          ? fallback
          : tx.dsl()
              .select(value)
              .from(table)
              .where(isRow)
              .forUpdate()
              .fetchSingle(row -> Json.read(row.value1(), type));
    }

    void write(Tx tx, Object group, String who, Instant at) {
      var changes = changes(group, who, at);
      tx.dsl()
          .insertInto(table)
          .set(key)
          .set(changes)
          .onConflict(key.keySet())
          .doUpdate()
          .set(changes)
          .execute();
    }

    private Map<Field<?>, Object> changes(Object group, String who, Instant at) {
      var changes = new LinkedHashMap<Field<?>, Object>();
      changes.put(value, Json.jsonb(group));
      changes.put(changedAt, at);
      changes.put(changedBy, who);
      return changes;
    }
  }
}
