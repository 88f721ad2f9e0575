package dev.keywheel.support;

import static dev.keywheel.db.schema.Tables.ARTICLES;
import static dev.keywheel.db.schema.Tables.RUNS;

import dev.keywheel.db.Json;
import dev.keywheel.db.Tx;
import dev.keywheel.key.state.PoolId;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** Rows of runs and their articles, for tests in which no job executes them. */
public final class RunRows {
  private RunRows() {}

  /** Inserts a run with a new article. */
  public static void insert(Tx tx, UUID run, PoolId pool, String state, Instant created) {
    var article = UUID.randomUUID();
    tx.dsl()
        .insertInto(ARTICLES)
        .set(ARTICLES.ID, article)
        .set(ARTICLES.WORKSPACE_ID, pool.workspaceId())
        .set(ARTICLES.SLUG, article.toString())
        .set(ARTICLES.TOPIC, "Compound interest")
        .set(ARTICLES.CREATED_AT, created)
        .set(ARTICLES.UPDATED_AT, created)
        .execute();
    insert(tx, run, pool, article, state, created);
  }

  /** Inserts a run of an existing article. */
  public static void insert(
      Tx tx, UUID run, PoolId pool, UUID article, String state, Instant created) {
    tx.dsl()
        .insertInto(RUNS)
        .set(RUNS.ID, run)
        .set(RUNS.WORKSPACE_ID, pool.workspaceId())
        .set(RUNS.ARTICLE_ID, article)
        .set(RUNS.REQUEST_ID, UUID.randomUUID())
        .set(RUNS.PROVIDER, pool.provider())
        .set(RUNS.KIND, "full")
        .set(RUNS.INPUTS, Json.jsonb(Map.of()))
        .set(RUNS.STATE, state)
        .set(RUNS.STARTED_BY_NAME, "ada@example.org")
        .set(RUNS.CREATED_AT, created)
        .execute();
  }
}
