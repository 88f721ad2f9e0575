package dev.keywheel.web.articles;

import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.article.plan.Length;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.article.view.ArticleService;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Rejected;
import dev.keywheel.run.RunMode;
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
import java.util.function.Function;

final class NewArticleRoutes implements Screen {
  private final WebContext web;
  private final ArticleService articles;
  private final PoolNotes pools;

  NewArticleRoutes(WebContext web, ArticleService articles, PoolNotes pools) {
    this.web = web;
    this.articles = articles;
    this.pools = pools;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/articles/new", RequiredRole.OPERATOR, this::form);
    routes.post("/articles", RequiredRole.OPERATOR, this::generate);
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

  private void generate(Context ctx) {
    var form = Form.of(ctx);
    var typed = typed(form);
    try {
      var run = articles.generate(typed, CurrentUser.of(ctx), form.requestId());
      Htmx.seeOther(ctx, "/runs/" + run);
    } catch (Conflict conflict) {
      throw conflict;
    } catch (Rejected rejected) {
      FormErrorStatus.set(ctx, rejected);
      show(
          ctx,
          NewArticlePage.refused(typed, pools.of(CurrentUser.of(ctx).workspaceId()), rejected));
    }
  }

  private void show(Context ctx, NewArticlePage page) {
    web.page(ctx, PageMeta.of("New article", Section.ARTICLES), web.templates().articlesForm(page));
  }

  /** The input as typed, valid or not, so that the form can show it again. */
  static NewArticle typed(Form form) {
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
