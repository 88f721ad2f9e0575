package dev.keywheel.people.identity;

import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static org.jooq.impl.DSL.select;

import dev.keywheel.db.Tx;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record1;
import org.jooq.Select;

/** Ids of the workspaces of this installation. */
public final class WorkspaceIds {
  /** Owner of the instance's own audit log; has no members and is not listed. */
  public static final UUID INSTANCE = new UUID(0, 0);

  private WorkspaceIds() {}

  /** All workspaces, {@link #INSTANCE} first: the order in which to lock their audit logs. */
  public static List<UUID> all(DSLContext dsl) {
    return dsl.select(WORKSPACES.ID).from(WORKSPACES).orderBy(WORKSPACES.ID).fetch(WORKSPACES.ID);
  }

  /** Selects the archived workspaces, in which no work starts. */
  public static Select<Record1<UUID>> archived() {
    return select(WORKSPACES.ID).from(WORKSPACES).where(WORKSPACES.ARCHIVED_AT.isNotNull());
  }

  /** Returns {@link #INSTANCE}; creates its row on the first call. */
  public static UUID ensureInstance(Tx tx) {
    tx.dsl()
        .insertInto(WORKSPACES, WORKSPACES.ID, WORKSPACES.NAME, WORKSPACES.CREATED_AT)
        .values(INSTANCE, "Instance", Instant.EPOCH)
        .onConflictDoNothing()
        .execute();
    return INSTANCE;
  }
}
