package dev.keywheel;

import dev.keywheel.article.ArticleFilter;
import dev.keywheel.key.KeyHistory;
import dev.keywheel.key.KeyList;
import dev.keywheel.key.KeyTrash;
import dev.keywheel.recovery.RecoveryHistory;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Web;
import dev.keywheel.web.articles.AgainRoutes;
import dev.keywheel.web.articles.ArticleRoutes;
import dev.keywheel.web.articles.NewArticleRoutes;
import dev.keywheel.web.articles.PartRoutes;
import dev.keywheel.web.articles.PoolNotes;
import dev.keywheel.web.articles.ToolRoutes;
import dev.keywheel.web.dashboard.DashboardRoutes;
import dev.keywheel.web.dashboard.Glance;
import dev.keywheel.web.find.FindRoutes;
import dev.keywheel.web.find.Finder;
import dev.keywheel.web.keys.KeyScreens;
import dev.keywheel.web.log.LogScreen;
import dev.keywheel.web.recovery.RecoveryScreen;
import dev.keywheel.web.runs.RunRoutes;
import dev.keywheel.web.session.ConfirmRoutes;
import dev.keywheel.web.session.PasswordRoutes;
import dev.keywheel.web.session.SessionRoutes;
import dev.keywheel.web.settings.AccountRoutes;
import dev.keywheel.web.settings.Choices;
import dev.keywheel.web.settings.EncryptionRoutes;
import dev.keywheel.web.settings.PeopleRoutes;
import dev.keywheel.web.settings.RecordRoutes;
import dev.keywheel.web.settings.SettingsRoutes;
import dev.keywheel.web.setup.SetupRoutes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** All screens, made from the engine's parts. */
final class Screens {
  private static final int LAST_ARTICLES = 5;

  /** A failed run that is older is history. */
  private static final Duration OF_LATE = Duration.ofDays(7);

  private Screens() {}

  /** {@code sampleKeys}: the sandbox's, one a line; empty where there is no sandbox. */
  static List<Screen> of(Web web, Engine engine, Optional<String> sampleKeys) {
    return Stream.of(base(web, engine), keys(web, engine, sampleKeys), articles(web, engine))
        .flatMap(List::stream)
        .toList();
  }

  private static List<Screen> base(Web web, Engine engine) {
    var desk = engine.articles;
    var glance =
        new Glance(
            engine.keys,
            engine.providers,
            engine.settings,
            desk.runs()::unfinished,
            workspace -> desk.articles().articles(workspace, ArticleFilter.NEWEST, LAST_ARTICLES),
            workspace -> desk.runs().unsettled(workspace, engine.clock.instant().minus(OF_LATE)));
    return List.of(
        NodeHealth.of(engine.database, engine.vault, engine.jobs),
        new DashboardRoutes(web, glance),
        new SetupRoutes(web, engine.setup, engine.signIn),
        new SessionRoutes(web, engine.signIn, engine.setup::needed),
        new ConfirmRoutes(web, engine.signIn),
        new PasswordRoutes(web, engine.people),
        new SettingsRoutes(
            web,
            new Choices(
                engine.database,
                engine.keys,
                engine.settings,
                engine.providers,
                engine.audit,
                engine.clock),
            engine.retention),
        new PeopleRoutes(web, engine.people),
        new AccountRoutes(web, engine.people, engine.sessions, engine.signIn, engine.clock),
        new EncryptionRoutes(web, engine.vault, engine.database, engine.audit),
        new RecordRoutes(web, engine.audit, engine.auditVerification),
        new LogScreen(web.view(), web.templates(), engine.log));
  }

  private static List<Screen> keys(Web web, Engine engine, Optional<String> sampleKeys) {
    return List.of(
        new KeyScreens(
            web,
            engine.keys,
            new KeyList(engine.database),
            new KeyTrash(engine.database),
            engine.keyEdits,
            engine.keyImport,
            new KeyHistory(engine.database),
            engine.recovery,
            new RecoveryHistory(engine.database),
            engine.providers,
            engine.settings,
            engine.clock,
            engine.signIn,
            sampleKeys),
        new RecoveryScreen(
            web, engine.recovery, new RecoveryHistory(engine.database), engine.keys, engine.clock));
  }

  private static List<Screen> articles(Web web, Engine engine) {
    var desk = engine.articles;
    var notes = new PoolNotes(engine.providers, engine.keys, engine.settings, engine.clock);
    return List.of(
        new FindRoutes(web, new Finder(new KeyList(engine.database), desk.articles(), desk.runs())),
        new RunRoutes(
            web, desk.runs(), engine.log, engine.clock, engine.providers, engine.jobs.stopping()),
        new NewArticleRoutes(web, desk.articles(), notes),
        new ArticleRoutes(web, desk.articles(), desk.editing(), desk.runs()),
        new PartRoutes(web, desk.articles(), desk.versions(), desk.editing(), desk.remaking()),
        new AgainRoutes(web, desk.articles(), desk.remaking(), notes),
        new ToolRoutes(web, desk.articles()));
  }
}
