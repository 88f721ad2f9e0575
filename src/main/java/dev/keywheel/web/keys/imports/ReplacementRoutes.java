package dev.keywheel.web.keys.imports;

import dev.keywheel.key.imports.ImportReport;
import dev.keywheel.key.imports.SecretReplacements;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.key.state.PoolState;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.BatchTicket;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.store.Trigger;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.keys.list.KeyListPage;
import dev.keywheel.web.keys.list.KeyMessages;
import dev.keywheel.web.page.Flash;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.NumberFormats;
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
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/** Routes to replace the secrets of failed keys: paste, preview, replace and test. */
public final class ReplacementRoutes implements Screen {
  private static final int SHOWN = 100;
  private static final String SEALED =
      "The vault is sealed, so nothing was replaced. Try again once the vault is unsealed.";

  private final WebContext web;
  private final KeyList list;
  private final SecretReplacements replacements;
  private final Recovery recovery;
  private final Providers providers;

  public ReplacementRoutes(
      WebContext web,
      KeyList list,
      SecretReplacements replacements,
      Recovery recovery,
      Providers providers) {
    this.web = web;
    this.list = list;
    this.replacements = replacements;
    this.recovery = recovery;
    this.providers = providers;
  }

  @Override
  public void routes(Routes routes) {
    routes.get(
        "/keys/replacements", RequiredRole.OPERATOR, ctx -> form(ctx, chosen(ctx), Fields.none()));
    routes.postWhileSealed("/keys/replacements", RequiredRole.OPERATOR, this::preview);
    routes.post("/keys/replacements/{id}/confirmation", RequiredRole.OPERATOR, this::confirm);
    routes.poll("/keys/replacements/{id}/progress", RequiredRole.OPERATOR, this::progress);
    routes.post("/keys/replacements/{id}/cancellation", RequiredRole.OPERATOR, this::cancel);
  }

  private static String chosen(Context ctx) {
    return Objects.requireNonNullElse(ctx.queryParam("provider"), "");
  }

  private void form(Context ctx, String wanted, Fields fields) {
    Principal who = CurrentUser.of(ctx);
    var counts = list.counts(who.workspaceId());
    List<String> failing =
        list.pools(who.workspaceId()).stream()
            .map(PoolState::id)
            .map(PoolId::provider)
            .filter(provider -> counts.counts(provider).failed() > 0)
            .toList();
    String provider = failing.contains(wanted) || failing.isEmpty() ? wanted : failing.getFirst();
    var page =
        new ReplacementsPage(
            fields,
            provider,
            failing.stream().map(p -> new KeyListPage.Choice(p, Providers.label(p))).toList(),
            failing.isEmpty() // the provider in the address may be unknown
                ? List.of()
                : replacements.failedKeyNames(new PoolId(who.workspaceId(), provider), SHOWN),
            Math.max(0, counts.counts(provider).failed() - SHOWN));
    web.page(
        ctx,
        PageMeta.of("Paste replacements", Section.KEYS),
        web.templates().keysReplacements(page));
  }

  /** Creates the preview. While the vault is sealed, shows the form again with the pasted text. */
  private void preview(Context ctx) {
    Form form = Form.of(ctx);
    if (web.vaultSealed()) {
      ctx.status(503);
      form(ctx, form.raw("provider"), Fields.typed(ctx).refused(new Rejected(SEALED)));
      return;
    }
    Principal who = CurrentUser.of(ctx);
    try {
      var pool = new PoolId(who.workspaceId(), provider(form.raw("provider")));
      ImportReport report = replacements.preview(pool, form.raw("keys"), who);
      Htmx.seeOther(ctx, report(report.id()));
    } catch (Rejected rejected) {
      ctx.status(422);
      form(ctx, form.raw("provider"), Fields.typed(ctx).refused(rejected));
    }
  }

  private String provider(String name) {
    try {
      return providers.byName(name).name();
    } catch (NotFound unknown) {
      throw new Rejected(String.valueOf(unknown.getMessage()));
    }
  }

  private void confirm(Context ctx) {
    Principal who = CurrentUser.of(ctx);
    var done = replacements.confirm(Form.pathId(ctx), who);
    String page = report(done.report().id());
    var report = new Flash.Link("Replacement report", page);
    if (done.begun()) {
      web.flash(ctx, new Flash(Severity.OK, begun(done), report));
      Htmx.seeOther(ctx, "/keys");
      return;
    }
    if (done.replaced() == 0) { // confirmed earlier, or nothing was left to replace
      Htmx.seeOther(ctx, page);
      return;
    }
    PoolId pool = done.report().pool();
    BatchTicket ticket = recovery.requestTests(pool, Trigger.USER, who, null, done.untested());
    String sentence =
        NumberFormats.counted(done.replaced(), "secret")
            + " replaced."
            + (ticket.isEmpty() ? "" : " Test of " + KeyMessages.keys(ticket.size()) + " started.");
    web.flash(ctx, new Flash(Severity.OK, sentence, report));
    Htmx.seeOther(
        ctx,
        ticket.isEmpty() ? "/keys" : Url.of("/keys").with("batch", ticket.recoveryId()).toString());
  }

  /** Shows the progress without reading the lines; opens the report after the replacement. */
  private void progress(Context ctx) {
    UUID id = Form.pathId(ctx);
    UUID workspace = CurrentUser.of(ctx).workspaceId();
    var running = replacements.running(workspace, id);
    if (running.isEmpty()) {
      replacements.require(workspace, id);
      Htmx.seeOther(ctx, report(id));
      return;
    }
    var page = new ReplacingPage(running.get(), Providers.label(running.get().provider()));
    web.update(ctx, page.version(), web.templates().keysReplacingProgress(page));
  }

  private void cancel(Context ctx) {
    UUID id = Form.pathId(ctx);
    boolean cancelled = replacements.cancel(id, CurrentUser.of(ctx));
    web.flash(
        ctx,
        Severity.INFO,
        cancelled
            ? "Replacement stopped. Secrets replaced so far are kept."
            : "The replacement had already ended.");
    Htmx.seeOther(ctx, report(id));
  }

  private static String report(UUID id) {
    return "/keys/imports/" + id;
  }

  private static String begun(SecretReplacements.Confirmation done) {
    return "Started to replace "
        + NumberFormats.counted(done.report().imported().size(), "secret")
        + "; the list shows the progress. The keys are tested afterwards.";
  }
}
