package dev.keywheel.web.articles;

import dev.keywheel.article.ArticleView;
import dev.keywheel.article.ArticleView.PartView;
import dev.keywheel.article.Articles;
import dev.keywheel.article.Editing;
import dev.keywheel.article.Remaking;
import dev.keywheel.article.Versions;
import dev.keywheel.article.run.PartName;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Refused;
import dev.keywheel.web.Access;
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
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The parts of an article: edit, compare, bring back, lock, have made again. */
public final class PartRoutes implements Screen {
  private static final int UNPROCESSABLE = 422;
  private static final int CONFLICT = 409;
  private static final int NEWEST_VERSION = 1_000_000;

  private final Web web;
  private final Articles articles;
  private final Versions versions;
  private final Editing editing;
  private final Remaking remaking;

  public PartRoutes(
      Web web, Articles articles, Versions versions, Editing editing, Remaking remaking) {
    this.web = web;
    this.articles = articles;
    this.versions = versions;
    this.editing = editing;
    this.remaking = remaking;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/articles/{id}/parts/{part}", Access.VIEWER, this::page);
    routes.post("/articles/{id}/parts/{part}/versions", Access.OPERATOR, this::save);
    routes.post("/articles/{id}/parts/{part}/restorations", Access.OPERATOR, this::restore);
    routes.post("/articles/{id}/parts/{part}/lock", Access.OPERATOR, this::lock);
    routes.post("/articles/{id}/parts/{part}/regenerations", Access.OPERATOR, this::regenerate);
  }

  private void page(Context ctx) {
    var at = Place.of(ctx);
    var article = articles.article(at.workspace(), at.article());
    var current = current(article, at.part());
    int shown = number(ctx.queryParam("version"), current.version());
    int compared = number(ctx.queryParam("compare"), 0);
    var source =
        at.part() == PartName.IMAGE
            ? ""
            : versions.source(at.workspace(), at.article(), at.part(), shown);
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
    web.view().page(ctx, Head.of(title, Section.ARTICLES), web.templates().articlesPart(page));
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

  /** Anything odd is {@code otherwise}. */
  private static int number(@Nullable String text, int otherwise) {
    try {
      return text == null ? otherwise : Math.clamp(Integer.parseInt(text), 0, NEWEST_VERSION);
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  private void tell(Context ctx, PartName part, Editing.Edited edited) {
    if (!edited.changed()) {
      web.view()
          .flash(ctx, Tone.INFO, "Nothing is different: " + part.label() + " stays as it was.");
      return;
    }
    var saved = part.label() + " saved, and locked against later runs.";
    if (edited.emptied().isEmpty()) {
      web.view().flash(ctx, Tone.OK, saved);
    } else {
      web.view().flash(ctx, Tone.WARN, saved + " " + String.join(" ", edited.emptied()));
    }
  }

  private void save(Context ctx) {
    var at = Place.of(ctx);
    var form = Form.of(ctx);
    int basedOn = form.whole("based_on", 1, NEWEST_VERSION);
    try {
      tell(
          ctx,
          at.part(),
          editing.edit(at.article(), at.part(), basedOn, form.raw("source"), Viewer.of(ctx)));
      Htmx.seeOther(ctx, at.path());
    } catch (Refused refused) {
      ctx.status(refused instanceof dev.keywheel.problem.Conflict ? CONFLICT : UNPROCESSABLE);
      show(
          ctx,
          at,
          articles.article(at.workspace(), at.article()),
          form.raw("source"),
          basedOn,
          refused.getMessage(),
          0);
    }
  }

  private void restore(Context ctx) {
    var at = Place.of(ctx);
    int version = Form.of(ctx).whole("version", 1, NEWEST_VERSION);
    editing.restore(at.article(), at.part(), version, Viewer.of(ctx));
    web.view().flash(ctx, Tone.OK, "Version " + version + " is back, as a new version.");
    Htmx.seeOther(ctx, at.path());
  }

  private void lock(Context ctx) {
    var at = Place.of(ctx);
    var locked = Form.of(ctx).raw("locked").equals("true");
    editing.lock(at.article(), at.part(), locked, Viewer.of(ctx));
    web.view()
        .flash(
            ctx,
            Tone.OK,
            locked
                ? "Locked: later runs leave it alone."
                : "Unlocked: a later run may make it again.");
    Htmx.seeOther(ctx, at.path());
  }

  private void regenerate(Context ctx) {
    var at = Place.of(ctx);
    var form = Form.of(ctx);
    var heading = form.raw("heading");
    var run =
        remaking.part(
            at.article(),
            at.part(),
            heading.isEmpty() ? null : heading,
            form.text("instruction", Remaking.MAX_INSTRUCTION),
            Viewer.of(ctx),
            form.once());
    Htmx.seeOther(ctx, "/runs/" + run);
  }

  /** Which part of which article, from the address. */
  private record Place(UUID workspace, UUID article, PartName part) {
    static Place of(Context ctx) {
      return new Place(
          Viewer.of(ctx).workspaceId(),
          Form.pathId(ctx, "id"),
          PartName.of(ctx.pathParam("part"))
              .orElseThrow(() -> new NotFound("There is nothing at this address.")));
    }

    String path() {
      return PartPage.path(article, part);
    }
  }
}
