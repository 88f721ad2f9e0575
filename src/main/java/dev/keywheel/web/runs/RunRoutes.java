package dev.keywheel.web.runs;

import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.view.RunFilter;
import dev.keywheel.article.view.RunService;
import dev.keywheel.job.Stopping;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.Providers;
import dev.keywheel.run.RunState;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.Parameter;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.Page;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.time.InstantSource;
import java.util.UUID;

public final class RunRoutes implements Screen {
  private static final String PLAIN = "text/plain; charset=utf-8";
  private static final int LINES_SHOWN = 500;
  private static final int REFRESH_SECONDS = 3;

  private final WebContext web;
  private final RunService runs;
  private final ExecutionLog log;
  private final InstantSource clock;
  private final Providers providers;
  private final Stopping stopping;
  private final KeyPool keys;

  public RunRoutes(
      WebContext web,
      RunService runs,
      ExecutionLog log,
      InstantSource clock,
      Providers providers,
      Stopping stopping,
      KeyPool keys) {
    this.web = web;
    this.runs = runs;
    this.log = log;
    this.clock = clock;
    this.providers = providers;
    this.stopping = stopping;
    this.keys = keys;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/runs", RequiredRole.VIEWER, this::list);
    routes.get("/runs/{id}", RequiredRole.VIEWER, this::page);
    routes.poll("/runs/{id}/progress", RequiredRole.VIEWER, this::progress);
    routes.get("/runs/{id}/log.txt", RequiredRole.VIEWER, this::logText);
    routes.get("/runs/{id}/attempts/{attempt}/reply", RequiredRole.VIEWER, this::reply);
    routes.post("/runs/{id}/cancellation", RequiredRole.OPERATOR, this::cancel);
    routes.post("/runs/{id}/retries", RequiredRole.OPERATOR, this::retry);
  }

  private void list(Context ctx) {
    var from = Page.Cursor.of(ctx);
    var which = RunFilter.Which.of(ctx.queryParam("state"));
    var filter = new RunFilter(which, from.row(), from.backwards());
    var rows = runs.list(CurrentUser.of(ctx).workspaceId(), filter, RunList.SIZE + 1);
    web.page(
        ctx,
        PageMeta.of("Runs", Section.ARTICLES),
        web.templates().runsIndex(RunList.of(filter, rows)));
  }

  private void page(Context ctx) {
    var progress = progressOf(ctx);
    var tail = log.tail(CurrentUser.of(ctx).workspaceId(), progress.run().id(), LINES_SHOWN);
    web.page(
        ctx,
        PageMeta.of(progress.tabTitle() + " · Run " + progress.run().number(), Section.ARTICLES)
            .refreshedWhile(progress.live(), REFRESH_SECONDS),
        web.templates()
            .runsPage(new RunPage(progress, tail, "steps".equals(ctx.queryParam("log")))));
  }

  private void progress(Context ctx) {
    var progress = progressOf(ctx);
    web.update(ctx, progress.version(), web.templates().runsMoved(progress));
  }

  private RunProgress progressOf(Context ctx) {
    var run = runs.run(CurrentUser.of(ctx).workspaceId(), Form.pathId(ctx));
    return RunProgress.of(
        run,
        clock.instant(),
        stopping.begun(),
        run.state() == RunState.WAITING_KEYS
            ? keys.status()
                .findPause(new PoolId(CurrentUser.of(ctx).workspaceId(), run.provider()))
                .orElse(null)
            : null,
        model -> providers.find(run.provider()).flatMap(p -> p.catalogue().model(model)));
  }

  private void logText(Context ctx) {
    var id = Form.pathId(ctx);
    var run = runs.run(CurrentUser.of(ctx).workspaceId(), id);
    var text = new StringBuilder();
    log.writeText(CurrentUser.of(ctx).workspaceId(), id, text);
    ctx.header(
        "Content-Disposition", "attachment; filename=\"keywheel-run-" + run.number() + ".txt\"");
    ctx.contentType(PLAIN).result(text.toString());
  }

  private void reply(Context ctx) {
    long attempt =
        Parameter.parsed(ctx.pathParam("attempt"), Long::valueOf).orElseThrow(NotFound::noPage);
    var workspace = CurrentUser.of(ctx).workspaceId();
    var id = Form.pathId(ctx);
    var reply = runs.reply(workspace, id, attempt);
    if ("text".equals(ctx.queryParam("as"))) {
      ctx.contentType(PLAIN)
          .result(reply.text().isEmpty() ? "No reply of this attempt is kept." : reply.text());
      return;
    }
    var page = ReplyPage.of(runs.run(workspace, id), attempt, reply);
    web.page(ctx, PageMeta.of(page.title(), Section.ARTICLES), web.templates().runsReply(page));
  }

  private void cancel(Context ctx) {
    var id = Form.pathId(ctx);
    var text =
        runs.cancel(id, CurrentUser.of(ctx))
            ? "You cancelled the run. Finished operations are kept."
            : "You cancelled the automatic retry. You can still retry the run yourself.";
    web.flash(ctx, Severity.INFO, text);
    Htmx.seeOther(ctx, path(id));
  }

  private void retry(Context ctx) {
    var id = Form.pathId(ctx);
    var form = Form.of(ctx);
    if (form.raw("operation").isEmpty()) {
      runs.retry(id, 0, CurrentUser.of(ctx));
      web.flash(ctx, Severity.INFO, "You started a retry. Finished operations are kept.");
    } else {
      int operation = form.wholeNumber("operation", 1, Operation.all().size());
      runs.retry(id, operation, CurrentUser.of(ctx));
      web.flash(ctx, Severity.INFO, "You started a retry of operation " + operation + ".");
    }
    Htmx.seeOther(ctx, path(id));
  }

  static String path(UUID run) {
    return "/runs/" + run;
  }
}
