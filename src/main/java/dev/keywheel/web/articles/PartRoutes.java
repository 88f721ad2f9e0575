package dev.keywheel.web.articles;

import dev.keywheel.article.edit.ArticleEditor;
import dev.keywheel.article.edit.Regeneration;
import dev.keywheel.article.edit.Versions;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.view.ArticleService;
import dev.keywheel.article.view.ArticleView;
import dev.keywheel.article.view.ArticleView.PartView;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.form.Form;
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
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The parts of an article: edit, compare, bring back, lock, have made again. */
final class PartRoutes implements Screen {
  private static final int UNPROCESSABLE = 422;
  private static final int CONFLICT = 409;
  private static final int NEWEST_VERSION = 1_000_000;

  private final WebContext web;
  private final ArticleService articles;
  private final Versions versions;
  private final ArticleEditor articleEditor;
  private final Regeneration regeneration;

  PartRoutes(
      WebContext web,
      ArticleService articles,
      Versions versions,
      ArticleEditor articleEditor,
      Regeneration regeneration) {
    this.web = web;
    this.articles = articles;
    this.versions = versions;
    this.articleEditor = articleEditor;
    this.regeneration = regeneration;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/articles/{id}/parts/{part}", RequiredRole.VIEWER, this::page);
    routes.post("/articles/{id}/parts/{part}/versions", RequiredRole.OPERATOR, this::save);
    routes.post("/articles/{id}/parts/{part}/restorations", RequiredRole.OPERATOR, this::restore);
    routes.post("/articles/{id}/parts/{part}/lock", RequiredRole.OPERATOR, this::lock);
    routes.post(
        "/articles/{id}/parts/{part}/regenerations", RequiredRole.OPERATOR, this::regenerate);
  }

  private void page(Context ctx) {
    var at = Place.of(ctx);
    var article = articles.article(at.workspace(), at.article());
    var current = current(article, at.part());
    int shown = number(ctx.queryParam("version"), current.version());
    int compared = number(ctx.queryParam("compare"), 0);
    var source = versions.source(at.workspace(), at.article(), at.part(), shown);
    show(ctx, at, article, source, shown, null, compared);
  }

  private void show(
      Context ctx,
      Place at,
      ArticleView article,
      String source,
      int shown,
      @Nullable String sentence,
      int compared) {
    var page =
        new PartPage(
            article,
            at.part(),
            current(article, at.part()),
            versions.of(at.workspace(), at.article(), at.part()),
            source,
            shown,
            sentence,
            compared,
            compared == 0
                ? null
                : Diff.of(versions.diff(at.workspace(), at.article(), at.part(), compared, shown)),
            at.part() == PartName.REVIEW ? reviewed(at) : null);
    var title = at.part().label() + " of " + article.name();
    web.page(ctx, PageMeta.of(title, Section.ARTICLES), web.templates().articlesPart(page));
  }

  private @Nullable Diff reviewed(Place at) {
    var lines = versions.reviewed(at.workspace(), at.article());
    return lines.isEmpty() ? null : Diff.of(lines);
  }

  private static PartView current(ArticleView article, PartName part) {
    return article.parts().stream()
        .filter(candidate -> candidate.part() == part)
        .findFirst()
        .orElseThrow(
            () ->
                new NotFound(
                    "This article has no "
                        + part.label().toLowerCase(java.util.Locale.ROOT)
                        + " yet."));
  }

  /** Malformed values become {@code otherwise}. */
  private static int number(@Nullable String text, int otherwise) {
    try {
      return text == null ? otherwise : Math.clamp(Integer.parseInt(text), 0, NEWEST_VERSION);
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  private void flash(Context ctx, PartName part, ArticleEditor.Edited edited) {
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
    int basedOn = form.whole("based_on", 1, NEWEST_VERSION);
    try {
      flash(
          ctx,
          at.part(),
          articleEditor.edit(
              at.article(), at.part(), basedOn, form.raw("source"), CurrentUser.of(ctx)));
      Htmx.seeOther(ctx, at.path());
    } catch (Rejected rejected) {
      ctx.status(rejected instanceof Conflict ? CONFLICT : UNPROCESSABLE);
      show(
          ctx,
          at,
          articles.article(at.workspace(), at.article()),
          form.raw("source"),
          basedOn,
          rejected.getMessage(),
          0);
    }
  }

  private void restore(Context ctx) {
    var at = Place.of(ctx);
    int version = Form.of(ctx).whole("version", 1, NEWEST_VERSION);
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
          regeneration.part(
              at.article(),
              at.part(),
              heading.isEmpty() ? null : heading,
              form.text("instruction", Regeneration.MAX_INSTRUCTION),
              form.raw("model"),
              CurrentUser.of(ctx),
              form.once());
      Htmx.seeOther(ctx, "/runs/" + run);
    } catch (Conflict conflict) {
      throw conflict;
    } catch (Rejected rejected) {
      ctx.status(UNPROCESSABLE);
      var article = articles.article(at.workspace(), at.article());
      int version = current(article, at.part()).version();
      var source = versions.source(at.workspace(), at.article(), at.part(), version);
      show(ctx, at, article, source, version, rejected.getMessage(), 0);
    }
  }

  /** The article and part in the address. */
  private record Place(UUID workspace, UUID article, PartName part) {
    static Place of(Context ctx) {
      return new Place(
          CurrentUser.of(ctx).workspaceId(),
          Form.pathId(ctx, "id"),
          PartName.of(ctx.pathParam("part"))
              .orElseThrow(() -> new NotFound("There is no page at this address.")));
    }

    String path() {
      return PartPage.path(article, part);
    }
  }
}
