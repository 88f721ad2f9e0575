package dev.keywheel.web.runs;

import dev.keywheel.article.RunFilter;
import dev.keywheel.article.Runs;
import dev.keywheel.job.Stopping;
import dev.keywheel.log.ExecutionLog;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.Providers;
import dev.keywheel.web.Access;
import dev.keywheel.web.Form;
import dev.keywheel.web.Head;
import dev.keywheel.web.Htmx;
import dev.keywheel.web.PageOf;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Section;
import dev.keywheel.web.Tone;
import dev.keywheel.web.Viewer;
import dev.keywheel.web.Web;
import io.javalin.http.Context;
import java.time.InstantSource;
import java.util.UUID;

/** Runs: the newest, one live, its log as a file, cancel and retry. */
public final class RunRoutes implements Screen {
  private static final String PLAIN = "text/plain; charset=utf-8";
  private static final int LINES_SHOWN = 500;
  private static final int REFRESH_SECONDS = 3;

  private final Web web;
  private final Runs runs;
  private final ExecutionLog log;
  private final InstantSource clock;
  private final Providers providers;
  private final Stopping stopping;

  public RunRoutes(
      Web web,
      Runs runs,
      ExecutionLog log,
      InstantSource clock,
      Providers providers,
      Stopping stopping) {
    this.web = web;
    this.runs = runs;
    this.log = log;
    this.clock = clock;
    this.providers = providers;
    this.stopping = stopping;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/runs", Access.VIEWER, this::list);
    routes.get("/runs/{id}", Access.VIEWER, this::page);
    routes.poll("/runs/{id}/progress", Access.VIEWER, this::progress);
    routes.get("/runs/{id}/log.txt", Access.VIEWER, this::logText);
    routes.get("/runs/{id}/attempts/{attempt}/reply", Access.VIEWER, this::reply);
    routes.post("/runs/{id}/cancellation", Access.OPERATOR, this::cancel);
    routes.post("/runs/{id}/retries", Access.OPERATOR, this::retry);
  }

  private void list(Context ctx) {
    var before = PageOf.cursor(ctx.queryParam("before"));
    var filter =
        new RunFilter(
            RunFilter.Which.of(ctx.queryParam("state")),
            before != null ? before : PageOf.cursor(ctx.queryParam("after")),
            before != null);
    var rows = runs.list(Viewer.of(ctx).workspaceId(), filter, RunList.SIZE + 1);
    web.view()
        .page(
            ctx,
            Head.of("Runs", Section.ARTICLES),
            web.templates().runsIndex(RunList.of(filter, rows)));
  }

  private void page(Context ctx) {
    var progress = progressOf(ctx);
    var tail = log.tail(Viewer.of(ctx).workspaceId(), progress.run().id(), LINES_SHOWN);
    var head = Head.of("Run " + progress.run().number(), Section.ARTICLES);
    web.view()
        .page(
            ctx,
            progress.live() ? head.refreshedEvery(REFRESH_SECONDS) : head,
            web.templates().runsPage(new RunPage(progress, tail)));
  }

  private void progress(Context ctx) {
    var progress = progressOf(ctx);
    if (!Htmx.unchanged(ctx, progress.version())) {
      web.view().fragment(ctx, web.templates().runsMoved(progress));
    }
  }

  private RunProgress progressOf(Context ctx) {
    var run = runs.run(Viewer.of(ctx).workspaceId(), Form.pathId(ctx, "id"));
    return RunProgress.of(
        run,
        clock.instant(),
        stopping.begun(),
        model -> providers.byName(run.provider()).catalogue().model(model));
  }

  private void logText(Context ctx) {
    var id = Form.pathId(ctx, "id");
    var run = runs.run(Viewer.of(ctx).workspaceId(), id);
    var text = new StringBuilder();
    log.writeText(Viewer.of(ctx).workspaceId(), id, text);
    ctx.header(
        "Content-Disposition", "attachment; filename=\"keywheel-run-" + run.number() + ".txt\"");
    ctx.contentType(PLAIN).result(text.toString());
  }

  private void reply(Context ctx) {
    var attempt = attemptId(ctx);
    var reply = runs.rawReply(Viewer.of(ctx).workspaceId(), Form.pathId(ctx, "id"), attempt);
    ctx.contentType(PLAIN).result(reply.isEmpty() ? "No reply of this attempt is kept." : reply);
  }

  private static long attemptId(Context ctx) {
    try {
      return Long.parseLong(ctx.pathParam("attempt"));
    } catch (NumberFormatException e) {
      throw new NotFound("There is nothing at this address.");
    }
  }

  private void cancel(Context ctx) {
    var id = Form.pathId(ctx, "id");
    runs.cancel(id, Viewer.of(ctx));
    web.view().flash(ctx, Tone.INFO, "The run is being cancelled. What is finished stays.");
    Htmx.seeOther(ctx, path(id));
  }

  private void retry(Context ctx) {
    var id = Form.pathId(ctx, "id");
    runs.retry(id, Viewer.of(ctx));
    web.view().flash(ctx, Tone.OK, "The run goes on with what did not succeed.");
    Htmx.seeOther(ctx, path(id));
  }

  static String path(UUID run) {
    return "/runs/" + run;
  }
}
