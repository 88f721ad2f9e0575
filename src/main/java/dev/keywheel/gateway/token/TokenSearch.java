package dev.keywheel.gateway.token;

import static dev.keywheel.db.schema.Tables.GATEWAY_TOKENS;
import static org.jooq.impl.DSL.and;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.row;

import dev.keywheel.db.query.BoundedSearch;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** The pages of the list of tokens. */
final class TokenSearch {
  private TokenSearch() {}

  /**
   * Tokens whose names contain the text, newest first in both paging directions.
   *
   * @param revoked whether revoked tokens are included
   * @param cursor id of a token; null for the beginning
   */
  static List<TokenDetail> page(
      DSLContext dsl,
      UUID workspace,
      String text,
      boolean revoked,
      @Nullable UUID cursor,
      boolean backwards,
      int limit) {
    var order = row(GATEWAY_TOKENS.CREATED_AT, GATEWAY_TOKENS.ID);
    var from =
        dsl.select(GATEWAY_TOKENS.CREATED_AT, GATEWAY_TOKENS.ID)
            .from(GATEWAY_TOKENS)
            .where(GATEWAY_TOKENS.WORKSPACE_ID.eq(workspace), GATEWAY_TOKENS.ID.eq(cursor))
            .fetchOptional()
            .map(at -> backwards ? order.gt(at.valuesRow()) : order.lt(at.valuesRow()))
            .orElse(noCondition());
    var found =
        TokenRepository.details(
            dsl,
            and(
                GATEWAY_TOKENS.WORKSPACE_ID.eq(workspace),
                revoked ? noCondition() : GATEWAY_TOKENS.REVOKED_AT.isNull(),
                named(text),
                from),
            backwards,
            limit);
    return backwards ? found.reversed() : found;
  }

  /** Number of revoked tokens whose names contain the text. */
  static int countRevoked(DSLContext dsl, UUID workspace, String text) {
    return dsl.fetchCount(
        GATEWAY_TOKENS,
        GATEWAY_TOKENS.WORKSPACE_ID.eq(workspace),
        GATEWAY_TOKENS.REVOKED_AT.isNotNull(),
        named(text));
  }

  private static Condition named(String text) {
    return text.isEmpty()
        ? noCondition()
        : GATEWAY_TOKENS.NAME.likeIgnoreCase(BoundedSearch.pattern(text));
  }
}
