package dev.keywheel.web.articles;

import dev.keywheel.article.ArticleModule;
import dev.keywheel.article.edit.ArticleEditor;
import dev.keywheel.article.edit.DetailsEditor;
import dev.keywheel.article.edit.Regeneration;
import dev.keywheel.article.edit.Versions;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.view.ArticleService;
import dev.keywheel.article.view.ArticleView;
import dev.keywheel.article.view.ArticleView.PartView;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.secret.shape.SecretShape;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.Parameter;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

final class PartRoutes implements Screen {
  private static final int NEWEST_VERSION = 1_000_000;

  private final WebContext web;
  private final ArticleService articles;
  private final Versions versions;
  private final ArticleEditor articleEditor;
  private final DetailsEditor details;
  private final Regeneration regeneration;

  PartRoutes(WebContext web, ArticleModule module) {
    this.web = web;
    this.articles = module.articles();
    this.versions = module.versions();
    this.articleEditor = module.editor();
    this.details = module.details();
    this.regeneration = module.regeneration();
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/articles/{id}/parts/{part}", RequiredRole.VIEWER, this::page);
    routes.post("/articles/{id}/parts/{part}/versions", RequiredRole.OPERATOR, this::save);
    routes.post("/articles/{id}/parts/{part}/restorations", RequiredRole.OPERATOR, this::restore);
    routes.post("/articles/{id}/parts/{part}/lock", RequiredRole.OPERATOR, this::lock);
    routes.post(
        "/articles/{id}/parts/{part}/regenerations", RequiredRole.OPERATOR, this::regenerate);
    routes.post("/articles/{id}/picture", RequiredRole.OPERATOR, this::savePicture);
  }

  private void page(Context ctx) {
    var at = Place.of(ctx);
    var article = articles.article(at.workspace(), at.article());
    var current = current(article, at.part());
    int shown = number(ctx.queryParam("version"), current.version());
    int compared = number(ctx.queryParam("compare"), 0);
    var source = versions.source(at.workspace(), at.article(), at.part(), shown);
    show(ctx, at, article, source, shown, null, compared, Fields.none());
  }

  private void show(
      Context ctx,
      Place at,
      ArticleView article,
      String source,
      int shown,
      @Nullable String error,
      int compared,
      Fields sent) {
    var page =
        new PartPage(
            article,
            at.part(),
            current(article, at.part()),
            versions.of(at.workspace(), at.article(), at.part()),
            source,
            shown,
            error,
            compared,
            compared == 0
                ? null
                : Diff.of(versions.diff(at.workspace(), at.article(), at.part(), compared, shown)),
            at.part() == PartName.REVIEW ? reviewed(at) : null,
            sent);
    var title = at.part().label() + " of " + article.name();
    web.page(ctx, PageMeta.of(title, Section.ARTICLES), web.templates().articlesPart(page));
  }

  private @Nullable Diff reviewed(Place at) {
    var lines = versions.reviewerChanges(at.workspace(), at.article());
    return lines.isEmpty() ? null : Diff.of(lines);
  }

  private static PartView current(ArticleView article, PartName part) {
    return article.parts().stream()
        .filter(candidate -> candidate.part() == part)
        .findFirst()
        .orElseThrow(
            () ->
                new NotFound(
                    "This article has no %s yet."
                        .formatted(part.label().toLowerCase(java.util.Locale.ROOT))));
  }

  /** The version number; {@code otherwise} if it is missing or malformed. */
  private static int number(@Nullable String text, int otherwise) {
    return Parameter.parsed(text, Integer::valueOf)
        .map(number -> Math.clamp(number, 0, NEWEST_VERSION))
        .orElse(otherwise);
  }

  private void flash(Context ctx, PartName part, ArticleEditor.EditResult edited) {
    if (!edited.changed()) {
      web.flash(ctx, Severity.INFO, "No change: " + part.label() + " stays as it was.");
      return;
    }
    var saved = part.label() + " saved and locked: runs do not overwrite it.";
    if (edited.emptied().isEmpty()) {
      web.flash(ctx, Severity.OK, saved);
    } else {
      web.flash(ctx, Severity.WARN, saved + " " + String.join(" ", edited.emptied()));
    }
  }

  private void save(Context ctx) {
    var at = Place.of(ctx);
    var form = Form.of(ctx);
    int basedOn = form.wholeNumber("based_on", 1, NEWEST_VERSION);
    try {
      flash(
          ctx,
          at.part(),
          articleEditor.edit(
              at.article(), at.part(), basedOn, form.raw("source"), CurrentUser.of(ctx)));
      Htmx.seeOther(ctx, at.path());
    } catch (Rejected rejected) {
      ctx.status(status(rejected));
      var article = articles.article(at.workspace(), at.article());
      // After a conflict, the form is based on the current version: saving again replaces it.
      boolean conflict = rejected instanceof Conflict;
      show(
          ctx,
          at,
          article,
          SecretShape.CERTAIN.masked(form.raw("source")),
          conflict ? current(article, at.part()).version() : basedOn,
          rejected.getMessage(),
          conflict ? basedOn : 0,
          Fields.none().refused(rejected));
    }
  }

  private void restore(Context ctx) {
    var at = Place.of(ctx);
    int version = Form.of(ctx).wholeNumber("version", 1, NEWEST_VERSION);
    articleEditor.restore(at.article(), at.part(), version, CurrentUser.of(ctx));
    web.done(ctx, at.path(), "Version " + version + " restored as a new version.");
  }

  private void lock(Context ctx) {
    var at = Place.of(ctx);
    var locked = Form.of(ctx).raw("locked").equals("true");
    articleEditor.lock(at.article(), at.part(), locked, CurrentUser.of(ctx));
    web.done(
        ctx,
        at.path(),
        locked
            ? "Locked: runs do not overwrite this part."
            : "Unlocked: runs may regenerate this part.");
  }

  private void regenerate(Context ctx) {
    var at = Place.of(ctx);
    var form = Form.of(ctx);
    var heading = form.raw("heading");
    try {
      var run =
          regeneration.regeneratePart(
              at.article(),
              at.part(),
              heading.isEmpty() ? null : heading,
              form.text("instruction", Regeneration.MAX_INSTRUCTION),
              form.raw("model"),
              CurrentUser.of(ctx),
              form.requestId());
      Htmx.seeOther(ctx, "/runs/" + run);
    } catch (Conflict conflict) {
      throw conflict;
    } catch (Rejected rejected) {
      refused(ctx, at, rejected);
    }
  }

  /** Shows the form again as it was typed, with the error at its field or else above the form. */
  private void refused(Context ctx, Place at, Rejected rejected) {
    ctx.status(status(rejected));
    var article = articles.article(at.workspace(), at.article());
    int version = current(article, at.part()).version();
    var source = versions.source(at.workspace(), at.article(), at.part(), version);
    boolean atField = rejected.field().filter(PartPage.FIELDS::contains).isPresent();
    var error = atField ? null : rejected.getMessage();
    var stored = Fields.none().with("alt", source);
    show(
        ctx,
        at,
        article,
        source,
        version,
        error,
        0,
        stored.overlaidWith(Fields.typed(ctx)).refused(rejected));
  }

  private static HttpStatus status(Rejected rejected) {
    return rejected instanceof Conflict ? HttpStatus.CONFLICT : HttpStatus.UNPROCESSABLE_CONTENT;
  }

  /** Saves an uploaded picture, or changes only the alternative text. */
  private void savePicture(Context ctx) {
    var at = Place.of(ctx, PartName.IMAGE);
    var form = Form.of(ctx);
    try {
      // A form opened before an upgrade sends no version: 0 always causes a conflict.
      int basedOn = number(form.raw("based_on"), 0);
      details.savePicture(at.article(), basedOn, file(ctx), form.raw("alt"), CurrentUser.of(ctx));
      web.done(ctx, at.path(), "Saved. Runs will not change the picture any more.");
    } catch (Rejected rejected) {
      refused(ctx, at, rejected);
    }
  }

  /** The uploaded picture, read to one byte beyond the size limit; empty without a file. */
  private static byte[] file(Context ctx) {
    var file = ctx.uploadedFile("file");
    if (file == null || file.size() == 0) {
      return new byte[0];
    }
    try (InputStream in = file.content()) {
      return in.readNBytes(DetailsEditor.MAX_PICTURE + 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private record Place(UUID workspace, UUID article, PartName part) {
    static Place of(Context ctx) {
      return of(ctx, PartName.of(ctx.pathParam("part")).orElseThrow(NotFound::noPage));
    }

    static Place of(Context ctx, PartName part) {
      return new Place(CurrentUser.of(ctx).workspaceId(), Form.pathId(ctx), part);
    }

    String path() {
      return PartPage.path(article, part);
    }
  }
}
