package dev.keywheel.web.log;

import static dev.keywheel.db.schema.Tables.RUNS;

import com.microsoft.playwright.Page;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.LogLine;
import dev.keywheel.log.StreamKind;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Look;
import dev.keywheel.support.RunRows;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

/** An app with the log of all streams at {@code /log} and that of one run at {@code /one/ID}. */
final class LogApp implements AutoCloseable {
  private final TestDatabase postgres = TestDatabase.create();
  final TestClock clock = new TestClock();
  final ExecutionLog log = new ExecutionLog(postgres.database());
  final WebApp app =
      WebApp.start(
          postgres.database(),
          clock,
          web -> List.of(new LogRoutes(web.web, log), new OneLog(web, log)));

  /** A page that contains the log of one stream, like the page of a run. */
  private record OneLog(WebApp app, ExecutionLog log) implements Screen {
    @Override
    public void routes(Routes routes) {
      routes.get(
          "/one/{id}",
          RequiredRole.VIEWER,
          ctx -> {
            var tail = log.tail(CurrentUser.of(ctx).workspaceId(), Form.pathId(ctx, "id"), 50);
            app.web.page(
                ctx,
                PageMeta.of("One log", Section.LOG),
                output -> {
                  output.writeContent("<h1>One log</h1>");
                  boolean steps = "steps".equals(ctx.queryParam("log"));
                  app.web.templates().logTools("1").writeTo(output);
                  app.web.templates().logBox(tail, steps).writeTo(output);
                });
          });
    }
  }

  @Override
  public void close() {
    app.close();
    postgres.close();
  }

  UUID startRun() {
    var run = app.ids.next();
    app.db.runTx(
        tx -> {
          RunRows.insert(
              tx, run, new PoolId(app.workspace(), "openrouter"), "running", clock.instant());
          log.open(tx, run, app.workspace(), StreamKind.RUN);
        });
    return run;
  }

  void append(UUID stream, LogLine... lines) {
    app.db.runTx(tx -> log.append(tx, stream, clock.instant(), List.of(lines)));
  }

  void append(UUID stream, int from, int to) {
    append(
        stream,
        IntStream.rangeClosed(from, to)
            .mapToObj(i -> LogLine.info("test", "line " + i))
            .toArray(LogLine[]::new));
  }

  void endRun(UUID run) {
    app.db.runTx(
        tx -> tx.dsl().update(RUNS).set(RUNS.STATE, "completed").where(RUNS.ID.eq(run)).execute());
  }

  Page open(Chromium chromium, String path, Look look) {
    var page = app.open(chromium, look, app.admin());
    page.navigate(app.url() + path);
    return page;
  }

  static List<String> texts(Page page) {
    return page.locator(".log-text").allTextContents();
  }

  static List<String> numbered(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(i -> "line " + i).toList();
  }

  static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name).setExact(true);
  }
}
