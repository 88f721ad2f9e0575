package dev.keywheel.web.settings;

import dev.keywheel.article.view.ArticleTopic;
import dev.keywheel.db.Database;
import dev.keywheel.job.Jobs;
import dev.keywheel.people.audit.Audit;
import dev.keywheel.people.audit.AuditVerification;
import dev.keywheel.people.audit.event.AuditAction;
import dev.keywheel.people.audit.event.AuditEvent;
import dev.keywheel.people.audit.event.AuditFilter;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.Parameter;
import dev.keywheel.web.page.Csv;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.SearchText;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.security.RouteFlag;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

final class AuditLogRoutes implements Screen {
  static final String PATH = "/settings/audit";

  static final Set<RouteFlag> DOWNLOAD = Set.of(RouteFlag.STEP_UP, RouteFlag.DOWNLOAD);

  /** The path of the audit log in earlier versions. */
  private static final String OLD_PATH = "/settings/record";

  private static final int LINES_PER_PAGE = 50;
  private static final int LINES_PER_READ = 1_000;
  private static final Logger logger = LoggerFactory.getLogger(AuditLogRoutes.class);

  private final WebContext web;
  private final Audit audit;
  private final AuditVerification verification;
  private final Database db;
  private final Jobs jobs;
  private final BiFunction<UUID, Collection<UUID>, Map<UUID, ArticleTopic>> topics;
  private final InstantSource clock;

  /**
   * @param topics returns the topics of runs and articles of a workspace by their ids
   */
  AuditLogRoutes(
      WebContext web,
      Audit audit,
      AuditVerification verification,
      Database db,
      Jobs jobs,
      BiFunction<UUID, Collection<UUID>, Map<UUID, ArticleTopic>> topics,
      InstantSource clock) {
    this.web = web;
    this.audit = audit;
    this.verification = verification;
    this.db = db;
    this.jobs = jobs;
    this.topics = topics;
    this.clock = clock;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(PATH, RequiredRole.ADMIN, this::show);
    routes.get(OLD_PATH, RequiredRole.ADMIN, ctx -> Htmx.seeOther(ctx, PATH));
    routes.poll(PATH + "/status", RequiredRole.ADMIN, this::status);
    routes.postSteppedUp(PATH + "/check", RequiredRole.ADMIN, this::check);
    routes.postSteppedUp(PATH + "/acceptance", RequiredRole.ADMIN, this::accept);
    routes.post(PATH + "/csv", RequiredRole.ADMIN, DOWNLOAD, this::export);
  }

  private void show(Context ctx) {
    var log = AuditLogChoice.of(ctx);
    var workspace = log.workspace(CurrentUser.of(ctx));
    // a missing or malformed value shows the newest events
    var before = Parameter.parsed(ctx.queryParam("before"), Long::valueOf).orElse(null);
    var filter = filter(ctx);
    var found = audit.page(workspace, filter, before, LINES_PER_PAGE);
    var url = url(log, filter);
    var page =
        new AuditLogPage(
            log,
            found.lines(),
            filter,
            audit.actors(workspace),
            audit.actions(workspace).stream()
                .sorted(Comparator.comparing(AuditAction::label))
                .toList(),
            found.older() == null ? null : url.with("before", found.older()).toString(),
            found.partial(),
            before == null ? null : url.toString(),
            url.with("before", before).toString(),
            verification.status(workspace),
            topics.apply(workspace, AuditTarget.runsAndArticles(found.lines())));
    web.page(ctx, PageMeta.of("Audit log", Section.SETTINGS), web.templates().settingsAudit(page));
  }

  private void status(Context ctx) {
    var log = AuditLogChoice.of(ctx);
    var status = verification.status(log.workspace(CurrentUser.of(ctx)));
    web.fragment(ctx, web.templates().settingsAuditStatus(log, status));
  }

  private void check(Context ctx) {
    var by = CurrentUser.of(ctx);
    var log = AuditLogChoice.of(ctx);
    db.runTx(
        tx -> {
          var workspace = log.workspace(tx, by);
          verification.request(tx, workspace, by);
          jobs.wake(tx, AuditVerification.JOB, workspace.toString(), clock.instant());
        });
    jobs.nudge();
    Htmx.seeOther(ctx, log.path());
  }

  private void accept(Context ctx) {
    var by = CurrentUser.of(ctx);
    var log = AuditLogChoice.of(ctx);
    db.inTx(tx -> verification.accept(tx, log.workspace(tx, by), by)).run();
    web.done(ctx, log.path(), "The audit log continues from its current end.");
  }

  private static Map<String, String> details(AuditFilter filter) {
    var details = new HashMap<String, String>();
    Map.of("who", filter.who(), "what", filter.what(), "text", filter.text())
        .forEach(
            (name, value) -> {
              if (!value.isEmpty()) {
                details.put(name, value);
              }
            });
    return details;
  }

  /** Records the export, then streams all matching events in parts; times in UTC. */
  private void export(Context ctx) throws IOException {
    var by = CurrentUser.of(ctx);
    var log = AuditLogChoice.of(ctx);
    var workspace = log.workspace(by);
    var form = Form.of(ctx);
    var filter =
        new AuditFilter(
            SearchText.of(form.raw("who")),
            SearchText.of(form.raw("what")),
            SearchText.of(form.raw("q")));
    db.runTx(
        tx ->
            audit.record(
                tx,
                log.workspace(tx, by),
                by,
                AuditAction.EXPORTED_AUDIT_LOG,
                "CSV",
                details(filter)));
    ctx.header("Content-Disposition", "attachment; filename=\"keywheel-audit-log.csv\"");
    ctx.contentType("text/csv; charset=utf-8");
    var out = ctx.outputStream();
    write(out, Csv.line("entry", "at", "who", "did", "to", "details"));
    try {
      Long before = null;
      do {
        var part = audit.page(workspace, filter, before, LINES_PER_READ);
        write(out, part.lines().stream().map(AuditLogRoutes::csv).collect(Collectors.joining()));
        before = part.older();
      } while (before != null);
    } catch (RuntimeException e) {
      logger.warn("The audit log as CSV is incomplete", e);
      write(out, Csv.INCOMPLETE);
    }
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String csv(AuditEvent line) {
    return Csv.line(
        String.valueOf(line.position()),
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

  private static Url url(AuditLogChoice log, AuditFilter filter) {
    return log.at(PATH)
        .with("who", filter.who())
        .with("what", filter.what())
        .with("q", filter.text());
  }
}
