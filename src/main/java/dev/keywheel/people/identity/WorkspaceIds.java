package dev.keywheel.people.identity;

import static dev.keywheel.db.schema.Tables.WORKSPACES;

import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;

/** The workspaces of this installation. */
public final class WorkspaceIds {
  private WorkspaceIds() {}

  public static List<UUID> all(DSLContext dsl) {
    return dsl.fetchValues(WORKSPACES.ID);
  }
}
