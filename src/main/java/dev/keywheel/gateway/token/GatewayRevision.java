package dev.keywheel.gateway.token;

import static dev.keywheel.db.schema.Tables.WORKSPACES;
import static org.jooq.impl.DSL.select;

import dev.keywheel.db.RoundTrip;
import java.util.UUID;
import java.util.function.Supplier;
import org.jooq.DSLContext;
import org.jooq.Record1;
import org.jooq.ResultQuery;

/** Grows with each change of a token or an alias of a workspace, in the change's transaction. */
public final class GatewayRevision {
  private GatewayRevision() {}

  public static long of(DSLContext dsl, UUID workspace) {
    return dsl.fetchOptional(query(workspace)).map(Record1::value1).orElse(0L);
  }

  public static Supplier<Long> of(RoundTrip reads, UUID workspace) {
    return reads.add(
        query(workspace),
        rows -> rows.isEmpty() ? 0L : rows.getFirst().get(WORKSPACES.GATEWAY_REVISION));
  }

  private static ResultQuery<Record1<Long>> query(UUID workspace) {
    return select(WORKSPACES.GATEWAY_REVISION).from(WORKSPACES).where(WORKSPACES.ID.eq(workspace));
  }
}
