package dev.keywheel.web.dashboard;

import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.article.view.PendingIssues;
import dev.keywheel.article.view.PendingIssues.Some;
import dev.keywheel.article.view.RunRow;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolCounts;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.run.RunState;
import dev.keywheel.web.dashboard.DashboardPage.Attention;
import dev.keywheel.web.dashboard.DashboardPage.PoolLink;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Url;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Predicate;

/** Alerts for the user, most severe first: pools, then runs, then articles. */
final class Alerts {
  private static final int LONGEST_NAME = 90;

  private final KeyPool keys;
  private final Function<UUID, PendingIssues> unsettled;
  private final IntSupplier failingJobs;
  private final Predicate<UUID> auditBroken;

  Alerts(
      KeyPool keys,
      Function<UUID, PendingIssues> unsettled,
      IntSupplier failingJobs,
      Predicate<UUID> auditBroken) {
    this.keys = keys;
    this.unsettled = unsettled;
    this.failingJobs = failingJobs;
    this.auditBroken = auditBroken;
  }

  /**
   * @param shown the provider of the displayed pool
   * @param counts of that pool
   * @param runs the runs that have not ended
   */
  List<Attention> of(
      UUID workspace, List<PoolLink> pools, String shown, PoolCounts counts, List<RunRow> runs) {
    var list = new ArrayList<Attention>();
    if (counts.all() > 0 && counts.active() == 0) {
      var testable = counts.notDisabled() > 0;
      list.add(
          new Attention(
              Severity.BAD,
              "No key in this pool is active. New runs wait until one is.",
              testable ? "/recovery" : "/keys?status=disabled&provider=" + shown,
              testable ? "Test keys" : "Enable keys"));
    }
    if (auditBroken.test(workspace)) {
      list.add(
          new Attention(
              Severity.BAD,
              "The audit log does not match its signatures: entries were changed or removed in the"
                  + " database. The audit log names them for administrators.",
              "/settings/audit",
              "Open audit log"));
    }
    addJobs(list);
    for (var pool : pools) {
      var id = new PoolId(workspace, pool.provider());
      var here = pool.provider().equals(shown) ? counts : keys.status().counts(id);
      addPool(list, id, pool.label(), here.failed());
    }
    runs.stream()
        .filter(run -> run.state() == RunState.WAITING_KEYS)
        .forEach(
            run ->
                list.add(
                    new Attention(
                        Severity.WARN,
                        "Run " + run.number() + " is waiting for keys: " + cut(run.topic()),
                        "/runs/" + run.id(),
                        "Open run")));
    var open = unsettled.apply(workspace);
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

  private void addJobs(List<Attention> list) {
    int failing = failingJobs.getAsInt();
    if (failing > 0) {
      list.add(
          new Attention(
              Severity.BAD,
              NumberFormats.counted(failing, "background job")
                  + (failing == 1 ? " keeps failing and is" : " keep failing and are")
                  + " retried every few minutes. The server log has the reason in lines that begin"
                  + " with \"Job\".",
              "",
              ""));
    }
  }

  private void addPool(List<Attention> list, PoolId pool, String provider, int failed) {
    keys.status()
        .findPause(pool)
        .ifPresent(
            pause ->
                list.add(
                    new Attention(
                        Severity.BAD,
                        provider + " is paused. " + pause.sentence(),
                        "/recovery",
                        "View tests")));
    keys.status()
        .findNotice(pool)
        .ifPresent(notice -> list.add(new Attention(Severity.WARN, notice, "/keys", "View keys")));
    if (failed > 0) {
      var href =
          Url.of("/keys")
              .with("status", KeyStatus.FAILED.word())
              .with("provider", pool.provider())
              .toString();
      list.add(
          new Attention(
              Severity.WARN,
              provider + " rejects " + NumberFormats.counted(failed, "key") + ".",
              href,
              failed == 1 ? "Replace or delete it" : "Replace or delete them"));
    }
  }

  private static void add(
      List<Attention> list,
      Severity severity,
      Some some,
      String one,
      String several,
      String path,
      String all,
      String action) {
    if (some.count() == 1) {
      list.add(
          new Attention(
              severity,
              one + cut(some.name()),
              path + some.newest(),
              path.equals("/runs/") ? "Open run" : "Open article"));
    } else if (some.count() > 1) {
      list.add(new Attention(severity, number(some) + several + cut(some.name()), all, action));
    }
  }

  private static String number(Some some) {
    return some.more()
        ? "More than " + NumberFormats.grouped(some.count() - 1)
        : NumberFormats.grouped(some.count());
  }

  private static String cut(String name) {
    return TextCleaner.cut(name, LONGEST_NAME);
  }
}
