package dev.keywheel.gateway.ledger;

import static dev.keywheel.db.schema.Tables.GATEWAY_OPEN_REQUESTS;
import static dev.keywheel.db.schema.Tables.GATEWAY_REQUESTS;
import static dev.keywheel.db.schema.Tables.GATEWAY_UNSUCCESSFUL_REQUESTS;
import static org.jooq.impl.DSL.noCondition;

import dev.keywheel.db.Ids;
import java.time.Instant;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Table;
import org.jspecify.annotations.Nullable;

/**
 * Filter of a list of requests; null matches all.
 *
 * @param model as requested by the client
 * @param from requests that arrived at this time or later
 * @param until requests that arrived before
 */
public record GatewayRequestFilter(
    @Nullable GatewayRequestState state,
    @Nullable UUID tokenId,
    @Nullable String model,
    @Nullable Instant from,
    @Nullable Instant until) {

  public static final GatewayRequestFilter ALL =
      new GatewayRequestFilter(null, null, null, null, null);

  /**
   * Requests, joined to the list of the ids of those in flight or of those that did not end well.
   * No index of requests has their state, because each outcome would change it.
   *
   * @param id by which they are found
   */
  record Source(Table<?> table, Field<UUID> id) {
    private static final Source ALL = new Source(GATEWAY_REQUESTS, GATEWAY_REQUESTS.ID);

    private static final Source OPEN =
        new Source(
            GATEWAY_OPEN_REQUESTS
                .join(GATEWAY_REQUESTS)
                .on(GATEWAY_REQUESTS.ID.eq(GATEWAY_OPEN_REQUESTS.ID))
                .and(GATEWAY_REQUESTS.WORKSPACE_ID.eq(GATEWAY_OPEN_REQUESTS.WORKSPACE_ID)),
            GATEWAY_OPEN_REQUESTS.ID);

    private static final Source UNSUCCESSFUL =
        new Source(
            GATEWAY_UNSUCCESSFUL_REQUESTS
                .join(GATEWAY_REQUESTS)
                .on(GATEWAY_REQUESTS.ID.eq(GATEWAY_UNSUCCESSFUL_REQUESTS.ID))
                .and(GATEWAY_REQUESTS.WORKSPACE_ID.eq(GATEWAY_UNSUCCESSFUL_REQUESTS.WORKSPACE_ID))
                .and(GATEWAY_REQUESTS.STATE.eq(GATEWAY_UNSUCCESSFUL_REQUESTS.STATE)),
            GATEWAY_UNSUCCESSFUL_REQUESTS.ID);
  }

  Source source() {
    return switch (state) {
      case null -> Source.ALL;
      case OK -> Source.ALL;
      case IN_FLIGHT -> Source.OPEN;
      case CLIENT_GONE, ABORTED, TRUNCATED, REFUSED, FAILED, UNKNOWN -> Source.UNSUCCESSFUL;
    };
  }

  Condition condition() {
    Field<UUID> id = source().id();
    Condition matching = noCondition();
    if (state != null) {
      matching = matching.and(GATEWAY_REQUESTS.STATE.eq(state.code()));
    }
    if (tokenId != null) {
      matching = matching.and(GATEWAY_REQUESTS.TOKEN_ID.eq(tokenId));
    }
    if (model != null) {
      matching = matching.and(GATEWAY_REQUESTS.MODEL_ASKED.eq(model));
    }
    if (from != null) {
      matching = matching.and(id.ge(Ids.first(from)));
    }
    if (until != null) {
      matching = matching.and(id.lt(Ids.first(until)));
    }
    return matching;
  }
}
