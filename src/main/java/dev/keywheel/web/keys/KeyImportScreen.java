package dev.keywheel.web.keys;

import dev.keywheel.key.ImportReport;
import dev.keywheel.key.KeyImport;
import dev.keywheel.key.KeyText;
import dev.keywheel.key.PoolId;
import dev.keywheel.people.Person;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Refused;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.Providers;
import dev.keywheel.web.Access;
import dev.keywheel.web.Fields;
import dev.keywheel.web.Flash;
import dev.keywheel.web.Form;
import dev.keywheel.web.Head;
import dev.keywheel.web.Htmx;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Section;
import dev.keywheel.web.Tone;
import dev.keywheel.web.Viewer;
import dev.keywheel.web.Web;
import io.javalin.http.Context;
import io.javalin.http.UploadedFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/** Adding keys: paste or file, preview, import; and the sandbox's sample keys with one press. */
final class KeyImportScreen implements Screen {
  private static final String SANDBOX = "sandbox";
  private static final String SHUT =
      "The vault is shut, so nothing was read and nothing was written. The text below is still yours: try again when it is open.";

  private final Web web;
  private final KeyImport imports;
  private final Providers providers;
  private final Optional<String> samples;

  /** {@code samples}: the sandbox's sample keys, one a line; empty when the sandbox is off. */
  KeyImportScreen(Web web, KeyImport imports, Providers providers, Optional<String> samples) {
    this.web = web;
    this.imports = imports;
    this.providers = providers;
    this.samples = samples;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/keys/new", Access.OPERATOR, ctx -> form(ctx, Fields.none()));
    routes.postWhileShut("/keys/imports", Access.OPERATOR, this::preview);
    routes.get("/keys/imports/{id}", Access.OPERATOR, this::report);
    routes.get("/keys/imports/{id}/report.csv", Access.OPERATOR, this::download);
    routes.post("/keys/imports/{id}/confirmation", Access.OPERATOR, this::confirm);
    routes.post("/keys/samples", Access.OPERATOR, this::loadSamples);
  }

  private void form(Context ctx, Fields fields) {
    var page =
        new NewKeysPage(
            fields,
            providers.all().stream().map(p -> new KeyListPage.Choice(p.name(), p.label())).toList(),
            samples.isPresent());
    web.view().page(ctx, Head.of("Add keys", Section.KEYS), web.templates().keysAdd(page));
  }

  /** Answers while the vault is shut, too: what was pasted must not be lost for it. */
  private void preview(Context ctx) {
    if (web.shut()) {
      ctx.status(503);
      form(ctx, Fields.sent(ctx).refused(new Refused(SHUT)));
      return;
    }
    Person who = Viewer.of(ctx);
    try {
      Provider provider = provider(Form.of(ctx).raw("provider"));
      var pool = new PoolId(who.workspaceId(), provider.name());
      ImportReport report = imports.preview(pool, text(ctx), who);
      Htmx.seeOther(ctx, "/keys/imports/" + report.id());
    } catch (Refused refused) {
      ctx.status(422);
      form(ctx, Fields.sent(ctx).refused(refused));
    }
  }

  private Provider provider(String name) {
    try {
      return providers.byName(name);
    } catch (NotFound e) {
      throw new Refused("provider", "Choose a provider.");
    }
  }

  /** What was pasted, and after it what the chosen file holds. */
  private static String text(Context ctx) {
    String pasted = Form.of(ctx).raw("keys");
    UploadedFile file = ctx.uploadedFile("file");
    if (file == null || file.size() == 0) {
      return pasted;
    }
    try (var content = file.content()) {
      String read = KeyText.of(content.readNBytes(KeyText.LARGEST + 1));
      return pasted.isBlank() ? read : pasted + "\n" + read;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void report(Context ctx) {
    var report = imports.get(Viewer.of(ctx).workspaceId(), Form.pathId(ctx, "id"));
    var page = new ImportPage(report, label(report.pool().provider()));
    web.view().page(ctx, Head.of(page.title(), Section.KEYS), web.templates().keysImported(page));
  }

  private String label(String provider) {
    return providers.all().stream()
        .filter(p -> p.name().equals(provider))
        .findFirst()
        .map(Provider::label)
        .orElse(provider);
  }

  private void confirm(Context ctx) {
    added(ctx, imports.confirm(Form.pathId(ctx, "id"), Viewer.of(ctx)));
  }

  private void added(Context ctx, ImportReport done) {
    var report = new Flash.Link("Import report", "/keys/imports/" + done.id());
    web.view().flash(ctx, new Flash(Tone.OK, Words.imported(done), report));
    Htmx.seeOther(ctx, "/keys");
  }

  private void loadSamples(Context ctx) {
    Person who = Viewer.of(ctx);
    String text = samples.orElseThrow(() -> new Refused("The sandbox is switched off."));
    var pool = new PoolId(who.workspaceId(), SANDBOX);
    ImportReport preview = imports.preview(pool, text, who);
    added(ctx, imports.confirm(preview.id(), who));
  }

  private void download(Context ctx) {
    var report = imports.get(Viewer.of(ctx).workspaceId(), Form.pathId(ctx, "id"));
    ctx.header("Content-Disposition", "attachment; filename=\"keywheel-import.csv\"");
    ctx.contentType("text/csv; charset=utf-8").result(ReportCsv.of(report));
  }
}
