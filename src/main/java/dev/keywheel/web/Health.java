package dev.keywheel.web;

import dev.keywheel.db.Database;
import io.javalin.http.Context;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether this node can work, for whatever watches it. No details: anybody may ask. */
public final class Health implements Screen {
  private static final Logger log = LoggerFactory.getLogger(Health.class);

  private final Database db;

  public Health(Database db) {
    this.db = db;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/healthz", Access.ANYONE, this::answer);
  }

  private void answer(Context ctx) {
    try {
      db.read(dsl -> dsl.fetch("select 1"));
      ctx.result("ok\n");
    } catch (RuntimeException e) {
      log.warn("Not healthy: the database does not answer: {}", e.toString());
      ctx.status(503).header("Retry-After", "5").result("the database does not answer\n");
    }
    ctx.contentType("text/plain; charset=utf-8");
  }
}
