package dev.keywheel.web.keys;

import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.key.search.Selection;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Rejected;
import dev.keywheel.recovery.BatchTicket;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.recovery.store.RecoveryHistory;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.keys.list.KeyBatch;
import dev.keywheel.web.keys.list.KeyMessages;
import dev.keywheel.web.keys.list.KeysQuery;
import dev.keywheel.web.keys.list.ListAnswer;
import dev.keywheel.web.page.Flash;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.LocalPath;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Routes that test one key, the selected keys or all keys. A test is free: it reads the provider's
 * information about the key.
 */
final class KeyTestRoutes implements Screen {
  private final WebContext web;
  private final KeyPool pool;
  private final KeyList list;
  private final Recovery recovery;
  private final RecoveryHistory history;
  private final ListAnswer answer;

  KeyTestRoutes(
      WebContext web,
      KeyPool pool,
      KeyList list,
      Recovery recovery,
      RecoveryHistory history,
      ListAnswer answer) {
    this.history = history;
    this.web = web;
    this.pool = pool;
    this.list = list;
    this.recovery = recovery;
    this.answer = answer;
  }

  @Override
  public void routes(Routes routes) {
    routes.post("/keys/tests", RequiredRole.OPERATOR, ctx -> answer.act(ctx, this::testSelected));
    routes.post("/keys/tests/all", RequiredRole.OPERATOR, ctx -> answer.act(ctx, this::testAll));
    routes.post("/keys/{id}/tests", RequiredRole.OPERATOR, ctx -> answer.act(ctx, this::testOne));
    routes.poll("/keys/batches/{id}", RequiredRole.VIEWER, this::batch);
    routes.post("/keys/batches/{id}/cancellation", RequiredRole.OPERATOR, this::cancel);
  }

  /**
   * The progress of one batch, which is polled separately, even while rows of the list are
   * selected.
   */
  private void batch(Context ctx) {
    String view = Objects.requireNonNullElse(ctx.queryParam("view"), "/keys");
    var found = history.get(CurrentUser.of(ctx).workspaceId(), Form.pathId(ctx));
    var query = KeysQuery.ofPath(view);
    var batch = new KeyBatch(found, query.here().toString(), query.shownOf(found.id()));
    web.update(ctx, batch.version(), web.templates().keysBatch(batch));
  }

  private void cancel(Context ctx) {
    Principal who = CurrentUser.of(ctx);
    UUID id = Form.pathId(ctx);
    boolean cancelled = recovery.cancel(who.workspaceId(), id, who.email());
    web.flash(
        ctx,
        Severity.INFO,
        cancelled ? "Test stopped. Results so far are kept." : "The test had already finished.");
    String view = LocalPath.or(Form.of(ctx).raw("view"), "/keys");
    Htmx.seeOther(ctx, KeysQuery.ofPath(view).withBatch(id).toString());
  }

  private void testOne(Context ctx) {
    Principal who = CurrentUser.of(ctx);
    ApiKey key = pool.get(who.workspaceId(), Form.pathId(ctx));
    if (key.status() == KeyStatus.DISABLED) {
      throw new Rejected(key.name() + " is disabled. Enable it to test it.");
    }
    @Nullable KeyTestResult result = test(recovery, who, key);
    String sentence = KeyMessages.tested(key.name(), result);
    answer.show(ctx, new Flash(KeyMessages.tone(result), sentence, null));
  }

  /** Tests a key and waits for the result; null if there is none in time. */
  static @Nullable KeyTestResult test(Recovery recovery, Principal who, ApiKey key) {
    BatchTicket ticket =
        recovery.requestTests(key.pool(), Trigger.USER, who, null, List.of(key.id()));
    return recovery.await(ticket, KeyMessages.TEST_PATIENCE).keys().stream()
        .findFirst()
        .orElse(null);
  }

  private void testSelected(Context ctx) {
    Principal who = CurrentUser.of(ctx);
    switch (SelectedKeysRoutes.selection(ctx)) {
      case Selection.Matching matching ->
          showStarted(ctx, recovery.requestTestsOfMatching(who, matching), "");
      case Selection.Ids chosen -> {
        KeyList.ExistingKeys now = list.existing(who, chosen);
        var started = new ArrayList<BatchTicket>();
        for (PoolId id : pool.status().pools(who.workspaceId())) {
          BatchTicket ticket = recovery.requestTests(id, Trigger.USER, who, null, now.ids());
          if (!ticket.isEmpty()) {
            started.add(ticket);
          }
        }
        showStarted(ctx, started, KeyMessages.gone(now.done()));
      }
    }
  }

  private void testAll(Context ctx) {
    showStarted(ctx, recovery.requestTestsOfAll(CurrentUser.of(ctx)), "");
  }

  private void showStarted(Context ctx, List<BatchTicket> started, String gone) {
    if (started.isEmpty()) {
      throw new Rejected("None of these keys can be tested. They are disabled or deleted." + gone);
    }
    // The bar above the list shows the test; a message would move the rows.
    int keys = started.stream().mapToInt(BatchTicket::size).sum();
    String sentence = "Test of " + KeyMessages.keys(keys) + " started." + gone;
    answer.showBatch(
        ctx,
        Objects.requireNonNull(started.getFirst().recoveryId()), // it has keys
        gone.isEmpty() ? null : new Flash(Severity.INFO, sentence, null));
  }
}
