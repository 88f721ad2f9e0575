package dev.keywheel.web.keys.imports;

import dev.keywheel.key.imports.ImportReport;
import dev.keywheel.key.imports.KeyFileDecoder;
import dev.keywheel.key.imports.KeyImport;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.Providers;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.keys.list.KeyListPage;
import dev.keywheel.web.keys.list.KeyMessages;
import dev.keywheel.web.page.Csv;
import dev.keywheel.web.page.Flash;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.LocalPath;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import io.javalin.http.UploadedFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Routes that add keys: pasted or uploaded keys, after a preview, and the sandbox's sample keys.
 */
public final class KeyImportRoutes implements Screen {
  private static final int REFRESH_SECONDS = 3;

  private static final String SANDBOX = "sandbox";
  private static final String SEALED =
      "The vault is sealed, so nothing was imported. Your text is still below: try again once the"
          + " vault is unsealed.";

  private final WebContext web;
  private final KeyImport imports;
  private final Providers providers;
  private final Optional<String> samples;

  /** {@code samples} are the sandbox's sample keys, one per line; empty without the sandbox. */
  public KeyImportRoutes(
      WebContext web, KeyImport imports, Providers providers, Optional<String> samples) {
    this.web = web;
    this.imports = imports;
    this.providers = providers;
    this.samples = samples;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/keys/new", RequiredRole.OPERATOR, this::empty);
    routes.formsOn("/keys/imports", "/keys/new");
    routes.postWhileSealed("/keys/imports", RequiredRole.OPERATOR, this::preview);
    routes.get("/keys/imports/{id}", RequiredRole.OPERATOR, this::report);
    routes.get("/keys/imports/{id}/report.csv", RequiredRole.OPERATOR, this::download);
    routes.post("/keys/imports/{id}/confirmation", RequiredRole.OPERATOR, this::confirm);
    routes.post("/keys/samples", RequiredRole.OPERATOR, this::loadSamples);
  }

  private void empty(Context ctx) {
    String provider = Objects.requireNonNullElse(ctx.queryParam("provider"), "");
    form(ctx, Fields.none().with("provider", provider));
  }

  private void form(Context ctx, Fields fields) {
    var page =
        new NewKeysPage(
            fields,
            providers.all().stream().map(p -> new KeyListPage.Choice(p.name(), p.label())).toList(),
            samples.isPresent());
    web.page(ctx, PageMeta.of("Add keys", Section.KEYS), web.templates().keysAdd(page));
  }

  /** Creates the preview. While the vault is sealed, shows the form again with the pasted text. */
  private void preview(Context ctx) {
    if (web.vaultSealed()) {
      ctx.status(503);
      form(ctx, Fields.typed(ctx).refused(new Rejected(SEALED)));
      return;
    }
    Principal who = CurrentUser.of(ctx);
    try {
      Provider provider = provider(Form.of(ctx).raw("provider"));
      var pool = new PoolId(who.workspaceId(), provider.name());
      ImportReport report = imports.preview(pool, text(ctx), who);
      Htmx.seeOther(ctx, "/keys/imports/" + report.id());
    } catch (Rejected rejected) {
      ctx.status(422);
      form(ctx, Fields.typed(ctx).refused(rejected));
    }
  }

  private Provider provider(String name) {
    try {
      return providers.byName(name);
    } catch (NotFound e) {
      throw new Rejected("provider", "Choose a provider.");
    }
  }

  /** The pasted text, followed by the content of the chosen file. */
  private static String text(Context ctx) {
    String pasted = Form.of(ctx).raw("keys");
    UploadedFile file = ctx.uploadedFile("file");
    if (file == null || file.size() == 0) {
      return pasted;
    }
    try (var content = file.content()) {
      String read = KeyFileDecoder.of(content.readNBytes(KeyFileDecoder.MAX_BYTES + 1));
      return pasted.isBlank() ? read : pasted + "\n" + read;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void report(Context ctx) {
    UUID workspace = CurrentUser.of(ctx).workspaceId();
    var running = imports.replacements().running(workspace, Form.pathId(ctx));
    if (running.isPresent()) {
      var page = new ReplacingPage(running.get(), Providers.label(running.get().provider()));
      web.page(
          ctx,
          PageMeta.of(ReplacingPage.TITLE, Section.KEYS).refreshedEvery(REFRESH_SECONDS),
          web.templates().keysReplacing(page));
      return;
    }
    var report = imports.get(CurrentUser.of(ctx).workspaceId(), Form.pathId(ctx));
    var page = new ImportPage(report, Providers.label(report.pool().provider()));
    web.page(ctx, PageMeta.of(page.title(), Section.KEYS), web.templates().keysImported(page));
  }

  private void confirm(Context ctx) {
    added(ctx, imports.confirm(Form.pathId(ctx), CurrentUser.of(ctx)));
  }

  private void added(Context ctx, ImportReport done) {
    var report = new Flash.Link("Import report", "/keys/imports/" + done.id());
    web.flash(ctx, new Flash(Severity.OK, KeyMessages.imported(done), report));
    Htmx.seeOther(ctx, LocalPath.or(Form.of(ctx).raw("next"), "/keys"));
  }

  private void loadSamples(Context ctx) {
    Principal who = CurrentUser.of(ctx);
    String text = samples.orElseThrow(() -> new Rejected("The sandbox is switched off."));
    var pool = new PoolId(who.workspaceId(), SANDBOX);
    ImportReport preview = imports.preview(pool, text, who);
    added(ctx, imports.confirm(preview.id(), who));
  }

  private void download(Context ctx) {
    var report = imports.get(CurrentUser.of(ctx).workspaceId(), Form.pathId(ctx));
    ctx.header("Content-Disposition", "attachment; filename=\"keywheel-import.csv\"");
    ctx.contentType("text/csv; charset=utf-8").result(csv(report));
  }

  private static String csv(ImportReport report) {
    return report.lines().stream()
        .map(
            line ->
                Csv.line(
                    String.valueOf(line.line()),
                    line.name(),
                    line.masked(),
                    line.status().label(),
                    line.note()))
        .collect(Collectors.joining("", "line,name,key,result,note\r\n", ""));
  }
}
