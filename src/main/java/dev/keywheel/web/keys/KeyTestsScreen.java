package dev.keywheel.web.keys;

import dev.keywheel.key.ApiKey;
import dev.keywheel.key.KeyFilter;
import dev.keywheel.key.KeyList;
import dev.keywheel.key.KeyPool;
import dev.keywheel.key.KeyStatus;
import dev.keywheel.key.PoolId;
import dev.keywheel.key.Selection;
import dev.keywheel.people.Person;
import dev.keywheel.problem.Refused;
import dev.keywheel.recovery.KeyTestResult;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.RecoveryHistory;
import dev.keywheel.recovery.Ticket;
import dev.keywheel.recovery.Trigger;
import dev.keywheel.web.Access;
import dev.keywheel.web.Form;
import dev.keywheel.web.Htmx;
import dev.keywheel.web.LocalPath;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Tone;
import dev.keywheel.web.Viewer;
import dev.keywheel.web.Web;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Tests of keys, one, the selected ones or all. A test is free: it asks what the provider knows.
 */
final class KeyTestsScreen implements Screen {
  /** How long the press of one key's button waits for the result. */
  private static final Duration PATIENCE = Duration.ofSeconds(13);

  private final Web web;
  private final KeyPool pool;
  private final KeyList list;
  private final Recovery recovery;
  private final RecoveryHistory history;
  private final KeyPages pages;
  private final InstantSource clock;

  KeyTestsScreen(
      Web web,
      KeyPool pool,
      KeyList list,
      Recovery recovery,
      RecoveryHistory history,
      KeyPages pages,
      InstantSource clock) {
    this.clock = clock;
    this.history = history;
    this.web = web;
    this.pool = pool;
    this.list = list;
    this.recovery = recovery;
    this.pages = pages;
  }

  @Override
  public void routes(Routes routes) {
    routes.post(
        "/keys/tests", Access.OPERATOR, ctx -> KeyActionsScreen.act(web, ctx, this::selected));
    routes.post(
        "/keys/tests/all", Access.OPERATOR, ctx -> KeyActionsScreen.act(web, ctx, this::all));
    routes.post("/keys/{id}/tests", Access.OPERATOR, this::oneOrSaid);
    routes.poll("/keys/batches/{id}", Access.VIEWER, this::batch);
    routes.post("/keys/batches/{id}/cancellation", Access.OPERATOR, this::cancel);
  }

  /** News of one batch, also while somebody selects rows below it. */
  private void batch(Context ctx) {
    String view = Objects.requireNonNullElse(ctx.queryParam("view"), "/keys");
    var found = history.get(Viewer.of(ctx).workspaceId(), Form.pathId(ctx, "id"));
    var batch = new KeyBatch(found, KeysQuery.ofPath(view).here().toString());
    if (!Htmx.unchanged(ctx, batch.version())) {
      web.view().fragment(ctx, web.templates().keysBatch(batch));
    }
  }

  private void cancel(Context ctx) {
    Person who = Viewer.of(ctx);
    UUID id = Form.pathId(ctx, "id");
    boolean cancelled = recovery.cancel(who.workspaceId(), id, who.email());
    web.view()
        .flash(
            ctx,
            Tone.INFO,
            cancelled
                ? "The test is cancelled. What was learnt stays."
                : "The test was over already; nothing was cancelled.");
    String view = LocalPath.or(Form.of(ctx).raw("view"), "/keys");
    Htmx.seeOther(ctx, KeysQuery.ofPath(view).here().with("batch", id).toString());
  }

  private void oneOrSaid(Context ctx) {
    if (Htmx.asked(ctx)) {
      one(ctx);
    } else {
      KeyActionsScreen.act(web, ctx, this::one);
    }
  }

  private void one(Context ctx) {
    Person who = Viewer.of(ctx);
    ApiKey key = pool.get(who.workspaceId(), Form.pathId(ctx, "id"));
    if (key.status() == KeyStatus.DISABLED) {
      throw new Refused(key.name() + " is disabled: enable it to test it.");
    }
    Ticket ticket = recovery.ask(key.pool(), Trigger.ASKED, who, null, List.of(key.id()));
    @Nullable KeyTestResult result =
        recovery.await(ticket, PATIENCE).keys().stream().findFirst().orElse(null);
    String sentence = Words.tested(key.name(), result);
    if (Htmx.asked(ctx)) {
      KeysQuery query = KeysQuery.ofPath(Form.of(ctx).raw("view"));
      var answer =
          new TestAnswer(
              pages.table(pages.now(who.workspaceId()), query), Words.tone(result), sentence);
      web.view().fragment(ctx, web.templates().keysTested(answer));
    } else {
      web.view().flash(ctx, Words.tone(result), sentence);
      ctx.redirect(LocalPath.or(Form.of(ctx).raw("view"), "/keys"), HttpStatus.SEE_OTHER);
    }
  }

  private void selected(Context ctx) {
    Person who = Viewer.of(ctx);
    KeyList.Chosen chosen = list.chosen(who, KeyActionsScreen.selection(ctx));
    start(ctx, who, chosen.ids(), Words.gone(chosen.done()));
  }

  private void all(Context ctx) {
    Person who = Viewer.of(ctx);
    var everything = new Selection.Matching(KeyFilter.ALL, 0, clock.instant());
    start(ctx, who, list.ids(who.workspaceId(), everything), "");
  }

  private void start(Context ctx, Person who, List<UUID> ids, String gone) {
    var started = new ArrayList<Ticket>();
    for (PoolId id : pool.pools(who.workspaceId())) {
      Ticket ticket = recovery.ask(id, Trigger.ASKED, who, null, ids);
      if (!ticket.isEmpty()) {
        started.add(ticket);
      }
    }
    if (started.isEmpty()) {
      throw new Refused("None of these keys can be tested: they are disabled or deleted." + gone);
    }
    int keys = started.stream().mapToInt(Ticket::size).sum();
    web.view()
        .flash(
            ctx,
            Tone.INFO,
            Words.keys(keys) + (keys == 1 ? " is" : " are") + " being tested, all at once." + gone);
    String view = LocalPath.or(Form.of(ctx).raw("view"), "/keys");
    Htmx.seeOther(
        ctx,
        KeysQuery.ofPath(view).here().with("batch", started.getFirst().recoveryId()).toString());
  }
}
