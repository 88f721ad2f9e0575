package dev.keywheel.web.log;

import dev.keywheel.log.ExecutionLog;
import dev.keywheel.log.Level;
import dev.keywheel.log.LogEntry;
import dev.keywheel.log.LogPage;
import dev.keywheel.log.StreamInfo;
import dev.keywheel.problem.NotFound;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.Parameter;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.SearchText;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

public final class LogRoutes implements Screen {
  private static final int LINES_PER_PAGE = 200;

  /** Maximum number of lines per response; a page that lacks more lines sends several requests. */
  private static final int MAX_LINES_PER_RESPONSE = 500;

  /** Maximum number of lines in the download: the newest ones. */
  private static final int MAX_DOWNLOAD_LINES = 10_000;

  private static final String NEWEST_ONLY =
      "Only the newest 10,000 lines. Older lines are on the page Log.\n";

  private static final int REFRESH_SECONDS = 5;

  private final WebContext web;
  private final ExecutionLog log;

  public LogRoutes(WebContext web, ExecutionLog log) {
    this.web = web;
    this.log = log;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/log", RequiredRole.VIEWER, this::page);
    routes.poll("/log/lines", RequiredRole.VIEWER, this::lines);
    routes.get("/log/earlier", RequiredRole.VIEWER, this::earlier);
    routes.get("/log.txt", RequiredRole.VIEWER, this::text);
    routes.poll("/log/streams/{id}/lines", RequiredRole.VIEWER, this::streamLines);
    routes.get("/log/streams/{id}/earlier", RequiredRole.VIEWER, this::streamEarlier);
  }

  private void page(Context ctx) {
    var query = query(ctx);
    var before = ctx.queryParam("before");
    if (before != null) {
      var page = found(ctx, query, place(before));
      web.page(
          ctx,
          PageMeta.of(Section.LOG),
          web.templates().logIndex(LogIndex.older(query, page, heads(ctx, page))));
      return;
    }
    var page = newest(ctx, query, LINES_PER_PAGE);
    web.page(
        ctx,
        PageMeta.of(Section.LOG).refreshedEvery(REFRESH_SECONDS),
        web.templates().logIndex(LogIndex.newest(query, page, heads(ctx, page))));
  }

  private void lines(Context ctx) {
    var query = query(ctx);
    var after = place(Objects.requireNonNullElse(ctx.queryParam("after"), ""));
    var page =
        query.unknownRun()
            ? new LogPage(List.of(), after, after, false, false)
            : log.since(
                CurrentUser.of(ctx).workspaceId(), query.filter(), after, MAX_LINES_PER_RESPONSE);
    if (page.lines().isEmpty() && !page.partial()) {
      ctx.status(HttpStatus.NO_CONTENT);
    } else {
      web.fragment(ctx, web.templates().logMore(LogIndex.newest(query, page, heads(ctx, page))));
    }
  }

  private void earlier(Context ctx) {
    var query = query(ctx);
    var before = place(Objects.requireNonNullElse(ctx.queryParam("before"), ""));
    var page = found(ctx, query, before);
    web.fragment(ctx, web.templates().logOlder(LogIndex.older(query, page, heads(ctx, page))));
  }

  private void text(Context ctx) {
    var query = query(ctx);
    var page = newest(ctx, query, MAX_DOWNLOAD_LINES);
    var heads = heads(ctx, page);
    var text =
        page.lines().stream()
            .map(line -> text(line, heads))
            .collect(Collectors.joining("\n", "", "\n"));
    ctx.header("Content-Disposition", "attachment; filename=\"keywheel-log.txt\"");
    ctx.contentType("text/plain; charset=utf-8")
        .result((page.earlier() ? NEWEST_ONLY : "") + (page.lines().isEmpty() ? "" : text));
  }

  private static String text(LogEntry line, Map<UUID, StreamInfo> heads) {
    var head = Optional.ofNullable(heads.get(line.streamId()));
    return line.at()
        + " "
        + line.level().code().toUpperCase(Locale.ROOT)
        + " "
        + head.map(StreamInfo::label).orElse("")
        + ": "
        + line.message();
  }

  private void streamLines(Context ctx) {
    var tail =
        log.tailAfter(
            CurrentUser.of(ctx).workspaceId(),
            Form.pathId(ctx),
            number(ctx, "after"),
            MAX_LINES_PER_RESPONSE);
    if (tail.lines().isEmpty() && tail.head().live()) {
      ctx.status(HttpStatus.NO_CONTENT);
    } else {
      web.fragment(
          ctx,
          web.templates()
              .logMoved(
                  tail,
                  tail.head().live() || tail.lines().size() == MAX_LINES_PER_RESPONSE,
                  isGroupedByStep(ctx)));
    }
  }

  private void streamEarlier(Context ctx) {
    var workspace = CurrentUser.of(ctx).workspaceId();
    var tail =
        log.tailBefore(workspace, Form.pathId(ctx), number(ctx, "before"), MAX_LINES_PER_RESPONSE);
    web.fragment(ctx, web.templates().logEarlier(tail, isGroupedByStep(ctx)));
  }

  private static boolean isGroupedByStep(Context ctx) {
    return "steps".equals(ctx.queryParam("by"));
  }

  private LogPage newest(Context ctx, LogQuery query, int limit) {
    var workspace = CurrentUser.of(ctx).workspaceId();
    return query.unknownRun()
        ? new LogPage(List.of(), LogPage.Cursor.START, LogPage.Cursor.START, false, false)
        : log.newest(workspace, query.filter(), limit);
  }

  private LogPage found(Context ctx, LogQuery query, LogPage.Cursor before) {
    return query.unknownRun()
        ? newest(ctx, query, LINES_PER_PAGE)
        : log.earlier(CurrentUser.of(ctx).workspaceId(), query.filter(), before, LINES_PER_PAGE);
  }

  private Map<UUID, StreamInfo> heads(Context ctx, LogPage page) {
    var streams = page.lines().stream().map(LogEntry::streamId).collect(Collectors.toSet());
    return log.heads(CurrentUser.of(ctx).workspaceId(), streams);
  }

  private LogQuery query(Context ctx) {
    var typed = parameter(ctx, "run");
    var run = typed.isEmpty() ? parameter(ctx, "stream") : typed;
    return new LogQuery(
        run,
        run.isEmpty() ? Optional.empty() : stream(ctx, run),
        level(ctx),
        parameter(ctx, "q"),
        parameter(ctx, "from").equals("gateway"));
  }

  private Optional<StreamInfo> stream(Context ctx, String run) {
    var workspace = CurrentUser.of(ctx).workspaceId();
    try {
      return run.length() == 36
          ? Optional.of(log.head(workspace, UUID.fromString(run)))
          : log.ofRun(workspace, Long.parseLong(run));
    } catch (IllegalArgumentException | NotFound e) {
      return Optional.empty();
    }
  }

  private static String level(Context ctx) {
    var word = parameter(ctx, "level");
    return word.equals(Level.WARN.code()) || word.equals(Level.ERROR.code()) ? word : "";
  }

  private static String parameter(Context ctx, String name) {
    return SearchText.of(ctx.queryParam(name));
  }

  private static long number(Context ctx, String name) {
    return Parameter.parsed(Objects.requireNonNullElse(ctx.queryParam(name), "0"), Long::valueOf)
        .orElseThrow(NotFound::noPage);
  }

  private static LogPage.Cursor place(String text) {
    return Parameter.parsed(text, LogPage.Cursor::of).orElseThrow(NotFound::noPage);
  }
}
