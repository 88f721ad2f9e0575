package dev.keywheel.web.dashboard;

import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.article.view.PendingIssues;
import dev.keywheel.article.view.PendingIssues.IssueCount;
import dev.keywheel.key.state.PoolSummary;
import dev.keywheel.people.audit.AuditStatus;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.provider.Providers;
import dev.keywheel.web.dashboard.DashboardPage.Alert;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.security.RequiredRole;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntSupplier;

/** Collects the alerts of the dashboard: audit log and jobs, then pools, runs and articles. */
final class Alerts {
  private static final int LONGEST_NAME = 90;

  private final Function<UUID, PendingIssues> pendingIssues;
  private final IntSupplier failingJobs;
  private final Function<UUID, AuditStatus> auditStatus;
  private final InstantSource clock;

  Alerts(
      Function<UUID, PendingIssues> pendingIssues,
      IntSupplier failingJobs,
      Function<UUID, AuditStatus> auditStatus,
      InstantSource clock) {
    this.pendingIssues = pendingIssues;
    this.failingJobs = failingJobs;
    this.auditStatus = auditStatus;
    this.clock = clock;
  }

  List<Alert> of(Principal viewer, List<PoolSummary> pools) {
    var workspace = viewer.workspaceId();
    var list = new ArrayList<Alert>();
    boolean reads = RequiredRole.ADMIN.admits(viewer);
    addAudit(list, workspace, "The audit log", reads ? "/settings/audit" : "");
    if (viewer.instanceAdmin()) {
      var path = reads ? "/settings/audit?log=instance" : "";
      addAudit(list, WorkspaceIds.INSTANCE, "The instance's audit log", path);
    }
    addJobs(list);
    pools.forEach(pool -> addPool(list, pool));
    var open = pendingIssues.apply(workspace);
    add(
        list,
        Severity.WARN,
        open.failed(),
        "A run failed in the last 7 days: ",
        " runs failed in the last 7 days and need attention; the latest: ",
        "/runs/",
        "/runs?state=failed",
        "View failed runs");
    add(
        list,
        Severity.WARN,
        open.gaps(),
        "An article has gaps: ",
        " articles have gaps; the latest: ",
        "/articles/",
        "/articles?state=gaps",
        "View articles with gaps");
    add(
        list,
        Severity.INFO,
        open.stale(),
        "Parts are out of date: ",
        " articles have parts that are out of date; the latest: ",
        "/articles/",
        "/articles?state=stale",
        "View outdated articles");
    return list;
  }

  private void addAudit(List<Alert> list, UUID workspace, String name, String path) {
    var status = auditStatus.apply(workspace);
    if (!status.findings().isEmpty()) {
      list.add(
          new Alert(
              Severity.BAD,
              name
                  + " does not match its signatures: entries were changed or removed in the"
                  + " database. The audit log names them for administrators.",
              path,
              "Open audit log"));
    } else if (status.overdue()) {
      list.add(
          new Alert(
              Severity.WARN,
              name + " is no longer verified: changed or removed entries are not detected.",
              path,
              "Open audit log"));
    }
  }

  private void addJobs(List<Alert> list) {
    int failing = failingJobs.getAsInt();
    if (failing > 0) {
      list.add(
          new Alert(
              Severity.BAD,
              NumberFormats.counted(failing, "background job")
                  + (failing == 1 ? " keeps failing and is" : " keep failing and are")
                  + " retried every few minutes. The server log has the reason in lines that begin"
                  + " with “Job”.",
              "",
              ""));
    }
  }

  /**
   * Adds alerts about the pause of a pool and about its notice, such as one about rejected keys.
   */
  private void addPool(List<Alert> list, PoolSummary pool) {
    var label = Providers.label(pool.provider());
    pool.state()
        .pause(clock.instant())
        .ifPresent(
            pause ->
                list.add(
                    new Alert(
                        Severity.WARN,
                        label + " is paused. " + pause.sentence(),
                        "/recovery",
                        "View tests")));
    var notice = pool.state().notice();
    if (notice != null) {
      var keys = Url.of("/keys").with("provider", pool.provider()).toString();
      list.add(new Alert(Severity.WARN, label + ": " + notice, keys, "View keys"));
    }
  }

  private static void add(
      List<Alert> list,
      Severity severity,
      IssueCount some,
      String one,
      String several,
      String path,
      String all,
      String action) {
    if (some.count() == 1) {
      list.add(
          new Alert(
              severity,
              one + cut(some.name()),
              path + some.newest(),
              path.equals("/runs/") ? "Open run" : "Open article"));
    } else if (some.count() > 1) {
      list.add(new Alert(severity, number(some) + several + cut(some.name()), all, action));
    }
  }

  private static String number(IssueCount some) {
    return some.more()
        ? "More than " + NumberFormats.grouped(some.count() - 1)
        : NumberFormats.grouped(some.count());
  }

  private static String cut(String name) {
    return TextCleaner.cut(name, LONGEST_NAME);
  }
}
