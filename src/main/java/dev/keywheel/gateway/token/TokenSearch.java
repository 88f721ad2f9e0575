package dev.keywheel.gateway.token;

import static dev.keywheel.db.schema.Tables.GATEWAY_TOKENS;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.greatest;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.row;

import dev.keywheel.db.query.PageRequest;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.SortOrder;

/** The pages of the list of tokens. */
final class TokenSearch {
  private TokenSearch() {}

  /**
   * Tokens whose names contain the text, newest first.
   *
   * @param revoked whether revoked tokens are included
   */
  static List<TokenDetail> page(DSLContext dsl, UUID workspace, boolean revoked, PageRequest page) {
    var cursor =
        dsl.select(GATEWAY_TOKENS.CREATED_AT, GATEWAY_TOKENS.ID)
            .from(GATEWAY_TOKENS)
            .where(TokenRepository.is(workspace, page.cursor()));
    var place = row(GATEWAY_TOKENS.CREATED_AT, GATEWAY_TOKENS.ID);
    return page.inOrder(
        TokenRepository.details(
            dsl,
            and(
                GATEWAY_TOKENS.WORKSPACE_ID.eq(workspace),
                revoked ? noCondition() : GATEWAY_TOKENS.REVOKED_AT.isNull(),
                page.named(GATEWAY_TOKENS.NAME),
                page.beyondCursor(place, cursor, SortOrder.DESC)),
            page.direction(SortOrder.DESC),
            page.limit()));
  }

  /** The tokens that were used or created last, newest first. */
  static List<TokenDetail> latest(DSLContext dsl, UUID workspace, int limit) {
    var latest =
        dsl.select(GATEWAY_TOKENS.ID)
            .from(GATEWAY_TOKENS)
            .where(GATEWAY_TOKENS.WORKSPACE_ID.eq(workspace))
            .orderBy(
                greatest(GATEWAY_TOKENS.LAST_USED_AT, GATEWAY_TOKENS.CREATED_AT).desc(),
                GATEWAY_TOKENS.ID.desc())
            .limit(limit);
    return TokenRepository.details(dsl, GATEWAY_TOKENS.ID.in(latest), SortOrder.DESC, limit);
  }

  /** Number of revoked tokens whose names contain the text. */
  static int countRevoked(DSLContext dsl, UUID workspace, PageRequest page) {
    return dsl.fetchCount(
        GATEWAY_TOKENS,
        GATEWAY_TOKENS.WORKSPACE_ID.eq(workspace),
        GATEWAY_TOKENS.REVOKED_AT.isNotNull(),
        page.named(GATEWAY_TOKENS.NAME));
  }
}
