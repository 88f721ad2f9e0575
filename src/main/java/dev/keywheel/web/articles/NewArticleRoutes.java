package dev.keywheel.web.articles;

import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.edit.Regeneration;
import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.article.plan.Length;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.article.view.ArticleService;
import dev.keywheel.article.view.ArticleView.PartView;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Rejected;
import dev.keywheel.run.RunMode;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.form.Form;
import dev.keywheel.web.form.FormErrorStatus;
import dev.keywheel.web.page.Htmx;
import dev.keywheel.web.page.PageMeta;
import dev.keywheel.web.page.Section;
import dev.keywheel.web.security.CurrentUser;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import io.javalin.http.Context;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The form of a new article or of a regeneration, filled in with the inputs of the last run. */
final class NewArticleRoutes implements Screen {
  private final WebContext web;
  private final ArticleService articles;
  private final Regeneration regeneration;
  private final PoolNotes pools;

  NewArticleRoutes(
      WebContext web, ArticleService articles, Regeneration regeneration, PoolNotes pools) {
    this.web = web;
    this.articles = articles;
    this.regeneration = regeneration;
    this.pools = pools;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/articles/new", RequiredRole.OPERATOR, this::form);
    routes.post("/articles", RequiredRole.OPERATOR, ctx -> generate(ctx, null));
    routes.get("/articles/{id}/again", RequiredRole.OPERATOR, this::again);
    routes.post(
        "/articles/{id}/runs", RequiredRole.OPERATOR, ctx -> generate(ctx, Form.pathId(ctx)));
  }

  private void form(Context ctx) {
    var notes = pools.of(CurrentUser.of(ctx).workspaceId());
    var asked = ctx.queryParam("provider");
    var known = notes.stream().anyMatch(note -> note.provider().equals(asked));
    var topic = TextCleaner.line(Objects.requireNonNullElse(ctx.queryParam("topic"), ""));
    show(
        ctx,
        NewArticlePage.about(topic, notes, known && asked != null ? asked : PoolNotes.best(notes)));
  }

  private void again(Context ctx) {
    var workspace = CurrentUser.of(ctx).workspaceId();
    var id = Form.pathId(ctx);
    var article = toRegenerate(workspace, id);
    var typed = regeneration.form(workspace, id);
    show(ctx, new NewArticlePage(typed, pools.of(workspace), Fields.none(), article));
  }

  /**
   * @param again the id of the article to regenerate; null for a new article
   */
  private void generate(Context ctx, @Nullable UUID again) {
    var user = CurrentUser.of(ctx);
    var form = Form.of(ctx);
    var typed = typed(form);
    try {
      var run =
          again == null
              ? articles.generate(typed, user, form.requestId())
              : regeneration.regenerateAll(again, typed, user, form.requestId());
      Htmx.seeOther(ctx, "/runs/" + run);
    } catch (Conflict conflict) {
      throw conflict;
    } catch (Rejected rejected) {
      FormErrorStatus.set(ctx, rejected);
      var article = again == null ? null : toRegenerate(user.workspaceId(), again);
      show(ctx, NewArticlePage.refused(typed, pools.of(user.workspaceId()), rejected, article));
    }
  }

  private NewArticlePage.ArticleToRegenerate toRegenerate(UUID workspace, UUID id) {
    var article = articles.article(workspace, id);
    return new NewArticlePage.ArticleToRegenerate(
        ArticlePage.path(id),
        article.name(),
        article.parts().stream()
            .filter(PartView::locked)
            .map(part -> part.part().label())
            .toList());
  }

  private void show(Context ctx, NewArticlePage page) {
    var title = page.again() == null ? "New article" : "Regenerate article";
    web.page(ctx, PageMeta.of(title, Section.ARTICLES), web.templates().articlesForm(page));
  }

  /** The input as typed, valid or not, so that the form can show it again. */
  private static NewArticle typed(Form form) {
    var language =
        form.raw("other_language").isBlank() ? form.raw("language") : form.raw("other_language");
    return new NewArticle(
        form.raw("topic"),
        form.raw("provider"),
        language.isBlank() ? "en" : language,
        form.raw("audience").strip(),
        form.raw("tone").strip(),
        chosen(Length.values(), form.raw("length"), Length.STANDARD, Length::name),
        form.raw("keywords"),
        form.raw("notes"),
        chosen(RunMode.values(), form.raw("mode"), RunMode.PARALLEL, RunMode::name),
        models(form));
  }

  private static Map<ModelRole, String> models(Form form) {
    var models = new EnumMap<ModelRole, String>(ModelRole.class);
    for (var modelRole : ModelRole.values()) {
      var id = form.raw("model_" + modelRole.code()).strip();
      if (!id.isBlank()) {
        models.put(modelRole, id);
      }
    }
    return models;
  }

  private static <T> T chosen(T[] all, String word, T otherwise, Function<T, String> name) {
    return Arrays.stream(all)
        .filter(value -> name.apply(value).equals(word.toUpperCase(Locale.ROOT)))
        .findFirst()
        .orElse(otherwise);
  }
}
