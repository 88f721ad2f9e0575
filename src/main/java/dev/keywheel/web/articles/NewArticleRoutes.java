package dev.keywheel.web.articles;

import dev.keywheel.article.Articles;
import dev.keywheel.article.NewArticle;
import dev.keywheel.article.operation.Role;
import dev.keywheel.article.plan.Length;
import dev.keywheel.article.run.Mode;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Refused;
import dev.keywheel.problem.TooMany;
import dev.keywheel.web.Access;
import dev.keywheel.web.Form;
import dev.keywheel.web.Head;
import dev.keywheel.web.Htmx;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Section;
import dev.keywheel.web.Viewer;
import dev.keywheel.web.Web;
import io.javalin.http.Context;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** The form that starts an article. */
public final class NewArticleRoutes implements Screen {
  private static final int LONGEST_LINE = 1_000;
  private static final int UNPROCESSABLE = 422;

  private final Web web;
  private final Articles articles;
  private final PoolNotes pools;

  public NewArticleRoutes(Web web, Articles articles, PoolNotes pools) {
    this.web = web;
    this.articles = articles;
    this.pools = pools;
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/articles/new", Access.OPERATOR, this::form);
    routes.post("/articles", Access.OPERATOR, this::generate);
  }

  private void form(Context ctx) {
    var notes = pools.of(Viewer.of(ctx).workspaceId());
    var asked = ctx.queryParam("provider");
    var known = notes.stream().anyMatch(note -> note.provider().equals(asked));
    show(ctx, NewArticlePage.empty(notes, known && asked != null ? asked : PoolNotes.best(notes)));
  }

  private void generate(Context ctx) {
    var form = Form.of(ctx);
    var typed = typed(form);
    try {
      var run = articles.generate(typed, Viewer.of(ctx), form.once());
      Htmx.seeOther(ctx, "/runs/" + run);
    } catch (TooMany | Conflict elsewhere) {
      throw elsewhere;
    } catch (Refused refused) {
      ctx.status(UNPROCESSABLE);
      show(ctx, NewArticlePage.refused(typed, pools.of(Viewer.of(ctx).workspaceId()), refused));
    }
  }

  private void show(Context ctx, NewArticlePage page) {
    web.view()
        .page(ctx, Head.of("New article", Section.ARTICLES), web.templates().articlesForm(page));
  }

  /** As it was typed, also when it cannot be used: the form shows it again. */
  static NewArticle typed(Form form) {
    var language =
        form.raw("other_language").isBlank() ? form.raw("language") : form.raw("other_language");
    return new NewArticle(
        form.raw("topic"),
        form.raw("provider"),
        language.isBlank() ? "en" : language,
        form.text("audience", LONGEST_LINE),
        form.text("tone", LONGEST_LINE),
        chosen(Length.values(), form.raw("length"), Length.STANDARD, Length::name),
        form.raw("keywords"),
        form.raw("notes"),
        chosen(Mode.values(), form.raw("mode"), Mode.PARALLEL, Mode::name),
        models(form));
  }

  private static Map<Role, String> models(Form form) {
    var models = new EnumMap<Role, String>(Role.class);
    for (var role : Role.values()) {
      var id = form.text("model_" + role.word(), LONGEST_LINE);
      if (!id.isBlank()) {
        models.put(role, id);
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
