package dev.keywheel.gateway.token;

import static dev.keywheel.db.schema.Tables.WORKSPACES;

import dev.keywheel.db.query.Sql;
import java.util.UUID;
import org.jooq.DSLContext;

/** A number that each change of a workspace's tokens or aliases raises in its transaction. */
public final class GatewayRevision {
  private GatewayRevision() {}

  public static long of(DSLContext dsl, UUID workspace) {
    return dsl.select(WORKSPACES.GATEWAY_REVISION)
        .from(WORKSPACES)
        .where(WORKSPACES.ID.eq(workspace))
        .fetchOptional(WORKSPACES.GATEWAY_REVISION)
        .orElse(0L);
  }

  /** The revision as a value in another statement; null for an unknown workspace. */
  public static Sql value(UUID workspace) {
    return Sql.of("(select gateway_revision from workspaces where id = ?)", workspace);
  }
}
