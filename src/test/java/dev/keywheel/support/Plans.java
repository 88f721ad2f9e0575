package dev.keywheel.support;

import static java.util.stream.Collectors.joining;

import dev.keywheel.db.Database;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jooq.DSLContext;
import org.jooq.ExecuteListener;
import org.jooq.Query;
import org.jooq.impl.DSL;

/** PostgreSQL's plans for the queries of some code. */
public final class Plans {
  private Plans() {}

  /** The plans of all queries that {@code work} executes with jOOQ. */
  public static String of(Database database, Consumer<DSLContext> work) {
    return database.read(
        dsl -> {
          List<Query> executed = new ArrayList<>();
          var recording =
              ExecuteListener.onStart(ctx -> executed.add(Objects.requireNonNull(ctx.query())));
          work.accept(DSL.using(dsl.configuration().deriveAppending(recording)));
          return executed.stream().map(query -> dsl.explain(query).plan()).collect(joining("\n"));
        });
  }
}
