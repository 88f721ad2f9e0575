package dev.keywheel.web.articles.edit;

import dev.keywheel.article.edit.BlockEditor;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.view.ArticleService;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.NotFound;
import dev.keywheel.problem.Rejected;
import dev.keywheel.web.articles.ArticlePage;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.Parameter;
import dev.keywheel.web.page.Flash;
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
import io.javalin.http.HttpStatus;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Routes to edit a block of an article, in place or on a separate page. */
public final class BlockRoutes implements Screen {
  private final WebContext web;
  private final ArticleService articles;
  private final BlockEditor blocks;

  public BlockRoutes(WebContext web, ArticleService articles, BlockEditor blocks) {
    this.web = web;
    this.articles = articles;
    this.blocks = blocks;
  }

  @Override
  public void routes(Routes routes) {
    var block = "/articles/{id}/parts/{part}/blocks/{block}";
    routes.get(block, RequiredRole.OPERATOR, ctx -> show(ctx, Place.of(ctx), Fields.none()));
    routes.post(block, RequiredRole.OPERATOR, this::save);
    routes.post(
        block + "/preview",
        RequiredRole.OPERATOR,
        ctx -> show(ctx, Place.of(ctx), Fields.typed(ctx)));
    routes.post(block + "/undo", RequiredRole.OPERATOR, this::undo);
  }

  private void show(Context ctx, Place at, Fields sent) {
    var now = blocks.block(at.workspace(), at.article(), at.part(), at.block());
    var name = articles.article(at.workspace(), at.article()).name();
    var page = BlockPage.of(at.article(), name, now, sent);
    if (Htmx.isFragmentRequest(ctx)) {
      web.fragment(ctx, web.templates().articlesBlockEditor(page));
    } else {
      var title = PageMeta.of("Edit: " + now.label(), Section.ARTICLES);
      web.page(ctx, title, web.templates().articlesBlock(page));
    }
  }

  private void save(Context ctx) {
    var at = Place.of(ctx);
    var form = Form.of(ctx);
    try {
      var typed =
          new BlockEditor.BlockForm(
              form.wholeNumber("based_on", 1, Integer.MAX_VALUE),
              form.raw("heading_before"),
              form.raw("heading"),
              form.raw("text"));
      var saved = blocks.save(at.article(), at.part(), at.block(), typed, CurrentUser.of(ctx));
      answer(ctx, at, message(at, saved, form.raw("text").isBlank()));
    } catch (Conflict conflict) {
      ctx.status(HttpStatus.CONFLICT);
      // The form is now based on the current version, so a second save replaces that version.
      var now = blocks.block(at.workspace(), at.article(), at.part(), at.block());
      var sent =
          Fields.typed(ctx)
              .with("based_on", now.version())
              .with("heading_before", now.heading() == null ? "" : now.heading());
      show(ctx, at, sent.refused(conflict));
    } catch (Rejected rejected) {
      ctx.status(HttpStatus.UNPROCESSABLE_CONTENT);
      show(ctx, at, Fields.typed(ctx).refused(rejected));
    }
  }

  private static Flash message(Place at, Optional<BlockEditor.Undo> saved, boolean empty) {
    if (saved.isEmpty()) {
      return new Flash(Severity.INFO, "Nothing was changed.", null);
    }
    var text =
        empty
            ? "Saved. Without text, this block is not on the page."
            : "Saved. Runs will not change the part “" + at.part().label() + "” any more.";
    var undo =
        undo(at.path(), saved.get().version(), saved.get().unreviewed())
            .with("plan", saved.get().plan());
    return new Flash(Severity.OK, text, new Flash.Undo("Undo", undo.toString()));
  }

  private void answer(Context ctx, Place at, Flash message) {
    if (Htmx.isFragmentRequest(ctx)) {
      // Keeps the versions that the form sent, because only some parts of the page are replaced.
      var fields = Fields.none().with("versions", Form.of(ctx).raw("versions"));
      var article = articles.article(at.workspace(), at.article());
      var page = new ArticlePage(article, List.of(), fields);
      var shown = new SavedBlock(page, at.part(), at.block(), message);
      web.fragment(ctx, web.templates().articlesBlockSaved(shown));
    } else {
      web.flash(ctx, message);
      Htmx.seeOther(ctx, at.onPage());
    }
  }

  private void undo(Context ctx) {
    var at = Place.of(ctx);
    var undone =
        new BlockEditor.Undo(
            number(ctx.queryParam("version")), number(ctx.queryParam("plan")), unreviewed(ctx));
    blocks.undo(at.article(), at.part(), at.block(), undone, CurrentUser.of(ctx));
    web.done(ctx, at.onPage(), "Undone. The text is as it was before.");
  }

  /** The version number; 0, which is no version, if it is missing or malformed. */
  static int number(@Nullable String text) {
    return Parameter.parsed(text, Integer::valueOf).orElse(0);
  }

  /** The address that undoes a save; {@link #unreviewed} reads what it says about the review. */
  static Url undo(String path, int version, boolean unreviewed) {
    return Url.of(path + "/undo")
        .with("version", version)
        .with("unreviewed", unreviewed ? "true" : null);
  }

  static boolean unreviewed(Context ctx) {
    return "true".equals(ctx.queryParam("unreviewed"));
  }

  /** The block and its article, as the address names them. */
  private record Place(UUID workspace, UUID article, PartName part, String block) {
    static Place of(Context ctx) {
      return new Place(
          CurrentUser.of(ctx).workspaceId(),
          Form.pathId(ctx),
          PartName.of(ctx.pathParam("part")).orElseThrow(NotFound::noPage),
          ctx.pathParam("block"));
    }

    String path() {
      return BlockPage.path(article, part, block);
    }

    String articlePath() {
      return ArticlePage.path(article);
    }

    String onPage() {
      return articlePath() + "#block-" + part.code() + "-" + block;
    }
  }
}
