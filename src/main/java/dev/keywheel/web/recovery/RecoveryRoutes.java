package dev.keywheel.web.recovery;

import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.search.KeyTestOutcomeFilter;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.problem.NotFound;
import dev.keywheel.recovery.BatchTicket;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.store.Batch;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.recovery.store.RecoveryHistory;
import dev.keywheel.time.StorableTime;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.Parameter;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.Url;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

public final class RecoveryRoutes implements Screen {
  private static final int REFRESH_SECONDS = 3;
  private static final int BATCHES_PER_PAGE = 25;
  private static final int TESTS_PER_PAGE = 100;
  private static final int NEWEST_TESTS = 50;
  private static final UUID START = new UUID(0, 0);

  private final WebContext web;
  private final Recovery recovery;
  private final RecoveryHistory history;
  private final KeyPool keys;
  private final InstantSource clock;

  public RecoveryRoutes(
      WebContext web,
      Recovery recovery,
      RecoveryHistory history,
      KeyPool keys,
      InstantSource clock) {
    this.web = web;
    this.recovery = recovery;
    this.history = history;
    this.keys = keys;
    this.clock = clock;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/recovery", RequiredRole.VIEWER, this::page);
    routes.poll("/recovery/live", RequiredRole.VIEWER, this::live);
    routes.post("/recovery", RequiredRole.OPERATOR, this::testAll);
    routes.get("/recovery/{id}", RequiredRole.VIEWER, this::batch);
    routes.poll("/recovery/{id}/live", RequiredRole.VIEWER, this::liveBatch);
    routes.post("/recovery/{id}/cancellation", RequiredRole.OPERATOR, this::cancel);
  }

  private void page(Context ctx) {
    var page = pageOf(ctx);
    web.page(
        ctx,
        PageMeta.of(Section.RECOVERY).refreshedWhile(page.live(), REFRESH_SECONDS),
        web.templates().recoveryIndex(page, page.version(clock.instant())));
  }

  private void live(Context ctx) {
    var page = pageOf(ctx);
    var version = page.version(clock.instant());
    web.update(ctx, version, web.templates().recoveryMoved(page, version));
  }

  private void testAll(Context ctx) {
    var who = CurrentUser.of(ctx);
    var provider = Form.of(ctx).raw("provider");
    var tickets =
        provider.isEmpty()
            ? recovery.requestTestsOfUnusable(who)
            : recovery.requestTestsOfUnusable(who, new PoolId(who.workspaceId(), provider));
    if (tickets.isEmpty()) {
      web.flash(
          ctx, Severity.INFO, "No keys are rate limited or failed, so there is nothing to test.");
      Htmx.seeOther(ctx, "/recovery");
      return;
    }
    if (tickets.stream().allMatch(BatchTicket::joined)) {
      web.flash(
          ctx,
          Severity.INFO,
          "A test was already running. The limited and failed keys are part of it.");
    }
    // No message about a new test, because it would still be shown after the test has ended: the
    // card of the batch shows the progress and the result.
    var first = tickets.getFirst().recoveryId();
    Htmx.seeOther(ctx, Url.of("/recovery").with("batch", first).toString());
  }

  private void batch(Context ctx) {
    var page = batchOf(ctx);
    web.page(
        ctx,
        PageMeta.of("Test of " + page.card().keys(), Section.RECOVERY)
            .refreshedWhile(page.live(), REFRESH_SECONDS),
        web.templates().recoveryBatch(page, page.version(clock.instant())));
  }

  private void liveBatch(Context ctx) {
    var page = batchOf(ctx);
    var version = page.version(clock.instant());
    web.update(ctx, version, web.templates().recoveryBatchMoved(page, version));
  }

  private void cancel(Context ctx) {
    var person = CurrentUser.of(ctx);
    var id = Form.pathId(ctx);
    boolean cancelled = recovery.cancel(person.workspaceId(), id, person.email());
    web.flash(
        ctx,
        Severity.INFO,
        cancelled ? "Test stopped. Results so far are kept." : "The test had already finished.");
    Htmx.seeOther(ctx, "/recovery/" + id);
  }

  private RecoveryPage pageOf(Context ctx) {
    var workspace = CurrentUser.of(ctx).workspaceId();
    var now = clock.instant();
    int limited = 0;
    int failed = 0;
    var notes = new ArrayList<RecoveryPage.PoolNote>();
    for (var pool : keys.status().pools(workspace)) {
      var counts = keys.status().counts(pool);
      limited += counts.rateLimited();
      failed += counts.failed();
      var pause = keys.status().findPause(pool).orElse(null);
      var notice = keys.status().findNotice(pool).orElse(null);
      if (pause != null || notice != null) {
        notes.add(new RecoveryPage.PoolNote(pool.provider(), pause, notice));
      }
    }
    var position = positionOf(ctx);
    var running = history.running(workspace);
    var ended = history.ended(workspace, position, BATCHES_PER_PAGE + 1);
    var newest = position == null ? ended.stream().limit(1).toList() : List.<Batch>of();
    var shown = ended.subList(0, Math.min(ended.size(), BATCHES_PER_PAGE));
    return new RecoveryPage(
        notes,
        limited,
        failed,
        (running.isEmpty() ? newest : running).stream().map(batch -> excerpt(batch, now)).toList(),
        shown.stream().map(batch -> new BatchCard(batch, now)).toList(),
        ended.size() > shown.size() ? older(shown.getLast()) : null,
        ctx.queryParam("before"));
  }

  private RecoveryPage.BatchExcerpt excerpt(Batch batch, Instant now) {
    var tests = history.latest(batch.id(), NEWEST_TESTS).stream().map(TestLine::new).toList();
    return new RecoveryPage.BatchExcerpt(
        new BatchCard(batch, now), tests, batch.counts().total() - tests.size());
  }

  private BatchPage batchOf(Context ctx) {
    var batch = history.get(CurrentUser.of(ctx).workspaceId(), Form.pathId(ctx));
    var shown = KeyTestOutcomeFilter.read(ctx.queryParam("result")).orElse(null);
    var card = new BatchCard(batch, clock.instant());
    boolean none = shown != null && card.count(shown) == 0;
    List<KeyTestResult> found =
        none ? List.of() : history.tests(batch.id(), shown, after(ctx), TESTS_PER_PAGE + 1);
    var page = found.subList(0, Math.min(found.size(), TESTS_PER_PAGE));
    var next = found.size() > page.size() ? nextPath(card, shown, page.getLast().keyId()) : null;
    return new BatchPage(card, shown, after(ctx), page.stream().map(TestLine::new).toList(), next);
  }

  private static String nextPath(BatchCard card, @Nullable KeyTestOutcomeFilter shown, UUID key) {
    var of = shown == null ? "" : "result=" + shown.code() + "&";
    return card.path() + "?" + of + "after=" + key;
  }

  private static UUID after(Context ctx) {
    var after = ctx.queryParam("after");
    return after == null
        ? START
        : Parameter.parsed(after, UUID::fromString).orElseThrow(NotFound::noPage);
  }

  private static String older(Batch last) {
    return "/recovery?before=" + last.startedAt() + "_" + last.id();
  }

  private static RecoveryHistory.@Nullable Position positionOf(Context ctx) {
    var before = ctx.queryParam("before");
    return before == null
        ? null
        : Parameter.parsed(before, RecoveryRoutes::position).orElseThrow(NotFound::noPage);
  }

  private static RecoveryHistory.Position position(String text) {
    int bar = text.indexOf('_');
    return new RecoveryHistory.Position(
        StorableTime.parse(text.substring(0, Math.max(bar, 0))),
        UUID.fromString(text.substring(bar + 1)));
  }
}
