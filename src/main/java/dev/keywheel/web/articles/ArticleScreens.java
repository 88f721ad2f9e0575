package dev.keywheel.web.articles;

import dev.keywheel.article.ArticleModule;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.provider.Providers;
import dev.keywheel.retention.RetentionSettings;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** All screens about articles as a whole, in the order in which their addresses are tried. */
public final class ArticleScreens implements Screen {
  private final List<Screen> screens;

  /**
   * @param suggestedTopics topics for a first article, by provider
   */
  public ArticleScreens(
      WebContext web,
      ArticleModule module,
      Providers providers,
      KeyPool keys,
      SettingsStore settings,
      InstantSource clock,
      Map<String, List<String>> suggestedTopics) {
    var notes = new PoolNotes(providers, keys, settings, clock, web::vaultSealed, suggestedTopics);
    var articles = module.articles();
    this.screens =
        List.of(
            new NewArticleRoutes(web, articles, module.regeneration(), notes),
            new ArticleTrashRoutes(
                web, module.trash(), () -> RetentionSettings.of(settings).articleTrashDays()),
            new ArticleRoutes(web, articles, module.editor(), module.runs(), module.trash()),
            new PartRoutes(web, module),
            new ToolRoutes(web, articles));
  }

  @Override
  public void routes(Routes routes) {
    screens.forEach(screen -> screen.routes(routes));
  }
}
