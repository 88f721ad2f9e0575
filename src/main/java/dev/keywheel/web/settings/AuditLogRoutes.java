package dev.keywheel.web.settings;

import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.AuditEvent;
import dev.keywheel.people.audit.AuditFilter;
import dev.keywheel.people.audit.AuditVerification;
import dev.keywheel.web.page.Csv;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.SearchText;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The audit log of the workspace and the result of its integrity check. */
public final class AuditLogRoutes implements Screen {
  private static final String PATH = "/settings/record";
  private static final int LINES = 50;
  private static final int PART = 1_000;

  private final WebContext web;
  private final Audit audit;
  private final AuditVerification verification;

  public AuditLogRoutes(WebContext web, Audit audit, AuditVerification verification) {
    this.web = web;
    this.audit = audit;
    this.verification = verification;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(PATH, RequiredRole.ADMIN, this::show);
    routes.getSteppedUp(PATH + ".csv", RequiredRole.ADMIN, this::export);
  }

  private void show(Context ctx) {
    var workspace = CurrentUser.of(ctx).workspaceId();
    var before = before(ctx.queryParam("before"));
    var filter = filter(ctx);
    var found = audit.page(workspace, filter, before, LINES);
    var url = url(PATH, filter);
    var page =
        new AuditLogPage(
            found.lines(),
            filter,
            audit.actors(workspace),
            audit.actions(workspace),
            found.older() == null ? null : url.with("before", found.older()).toString(),
            found.partial(),
            before == null ? null : url.toString(),
            url(PATH + ".csv", filter).toString(),
            verification.result(workspace));
    web.view()
        .page(
            ctx, PageMeta.of("Audit log", Section.SETTINGS), web.templates().settingsRecord(page));
  }

  /** Streams all matching events in parts; times in UTC. */
  private void export(Context ctx) throws IOException {
    var workspace = CurrentUser.of(ctx).workspaceId();
    var filter = filter(ctx);
    ctx.header("Content-Disposition", "attachment; filename=\"keywheel-record.csv\"");
    ctx.contentType("text/csv; charset=utf-8");
    var out = ctx.outputStream();
    write(out, Csv.line("line", "at", "who", "did", "to", "details"));
    Long before = null;
    do {
      var part = audit.page(workspace, filter, before, PART);
      write(out, part.lines().stream().map(AuditLogRoutes::csv).collect(Collectors.joining()));
      before = part.older();
    } while (before != null);
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String csv(AuditEvent line) {
    return Csv.line(
        String.valueOf(line.id()),
        line.at().toString(),
        line.actor(),
        line.action(),
        Objects.requireNonNullElse(line.subject(), ""),
        line.details().entrySet().stream()
            .map(detail -> detail.getKey() + ": " + detail.getValue())
            .collect(Collectors.joining("; ")));
  }

  private static AuditFilter filter(Context ctx) {
    return new AuditFilter(text(ctx, "who"), text(ctx, "what"), text(ctx, "q"));
  }

  private static String text(Context ctx, String name) {
    return SearchText.of(ctx.queryParam(name));
  }

  private static Url url(String path, AuditFilter filter) {
    return Url.of(path)
        .with("who", filter.who())
        .with("what", filter.what())
        .with("q", filter.text());
  }

  /** The cursor; null for the newest events, also if malformed. */
  private static @Nullable Long before(@Nullable String text) {
    try {
      return text == null ? null : Long.valueOf(text);
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
