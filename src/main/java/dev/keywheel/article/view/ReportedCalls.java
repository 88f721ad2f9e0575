package dev.keywheel.article.view;

import static dev.keywheel.db.schema.Tables.ATTEMPTS;
import static dev.keywheel.db.schema.Tables.RUNS;

import dev.keywheel.article.export.ReportedCall;
import dev.keywheel.article.operation.conversation.Operation;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Records;

/** The calls of an article for the ZIP export: each with its key's name, never the secret. */
final class ReportedCalls {
  private ReportedCalls() {}

  static List<ReportedCall> of(DSLContext dsl, UUID articleId) {
    return dsl.select(
            RUNS.NUMBER,
            ATTEMPTS.ORDINAL.convertFrom(ordinal -> Operation.of(ordinal).label()),
            ATTEMPTS.NO,
            ATTEMPTS.CAUSE,
            ATTEMPTS.KEY_NAME,
            ATTEMPTS.MODEL,
            ATTEMPTS.STATE,
            ATTEMPTS.OUTCOME,
            ATTEMPTS.PROMPT_TOKENS,
            ATTEMPTS.COMPLETION_TOKENS,
            ATTEMPTS.COST,
            ATTEMPTS.LATENCY_MS,
            ATTEMPTS.SENT_AT)
        .from(ATTEMPTS)
        .join(RUNS)
        .on(RUNS.ID.eq(ATTEMPTS.RUN_ID))
        .where(RUNS.ARTICLE_ID.eq(articleId))
        .orderBy(RUNS.NUMBER, ATTEMPTS.ORDINAL, ATTEMPTS.NO)
        .fetch(Records.mapping(ReportedCall::new));
  }
}
