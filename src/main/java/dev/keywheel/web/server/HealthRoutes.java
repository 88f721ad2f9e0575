package dev.keywheel.web.server;

import dev.keywheel.web.security.HostFilter;
import dev.keywheel.web.security.RequiredRole;
import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Health checks. If {@code /healthz} fails, the node should be restarted; if {@code /readyz} fails,
 * it should get no requests. Both are public, so the response contains only the names of the checks
 * and their problems.
 */
public final class HealthRoutes implements Screen {
  private static final Logger log = LoggerFactory.getLogger(HealthRoutes.class);

  private final List<Check> alive;
  private final List<Check> ready;

  public HealthRoutes(List<Check> alive, List<Check> ready) {
    this.alive = List.copyOf(alive);
    this.ready = List.copyOf(ready);
  }

  /**
   * A condition of liveness or readiness.
   *
   * @param problem the problem; empty when the condition holds. An exception counts as a problem
   */
  public record Check(String name, Supplier<Optional<String>> problem) {
    private Optional<String> evaluate() {
      try {
        return problem.get();
      } catch (RuntimeException e) {
        log.debug("The check of {} failed", name, e);
        return Optional.of("does not answer");
      }
    }
  }

  @Override
  public void routes(Routes routes) {
    routes.get(HostFilter.ALIVE, RequiredRole.ANYONE, ctx -> answer(ctx, alive));
    routes.get(HostFilter.READY, RequiredRole.ANYONE, ctx -> answer(ctx, ready));
  }

  /** Whether this is the path of a health check, which needs no slot even under high load. */
  static boolean isPath(String path) {
    return path.equals(HostFilter.ALIVE) || path.equals(HostFilter.READY);
  }

  private static void answer(Context ctx, List<Check> checks) {
    var lines = new StringBuilder();
    for (var check : checks) {
      var problem = check.evaluate();
      if (problem.isPresent()) {
        ctx.status(503).header("Retry-After", "5");
      }
      lines.append(check.name()).append(": ").append(problem.orElse("ok")).append('\n');
    }
    ctx.contentType("text/plain; charset=utf-8").result(lines.toString());
  }
}
