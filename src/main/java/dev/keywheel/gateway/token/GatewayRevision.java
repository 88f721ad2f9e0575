package dev.keywheel.gateway.token;

import static dev.keywheel.db.schema.Tables.WORKSPACES;

import java.util.UUID;
import org.jooq.DSLContext;

/** Grows with each change of a token or an alias of a workspace, in the change's transaction. */
public final class GatewayRevision {
  private GatewayRevision() {}

  public static long of(DSLContext dsl, UUID workspace) {
    return dsl.select(WORKSPACES.GATEWAY_REVISION)
        .from(WORKSPACES)
        .where(WORKSPACES.ID.eq(workspace))
        .fetchOptional(WORKSPACES.GATEWAY_REVISION)
        .orElse(0L);
  }
}
