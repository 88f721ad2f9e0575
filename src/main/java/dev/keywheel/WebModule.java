package dev.keywheel;

import dev.keywheel.article.view.ArticleFilter;
import dev.keywheel.gateway.ledger.GatewayQueries;
import dev.keywheel.key.edit.KeyTrash;
import dev.keywheel.key.search.KeyHistory;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.recovery.store.RecoveryHistory;
import dev.keywheel.usage.UsageQueries;
import dev.keywheel.web.articles.ArticleScreens;
import dev.keywheel.web.articles.edit.BlockRoutes;
import dev.keywheel.web.articles.edit.DetailsRoutes;
import dev.keywheel.web.dashboard.DashboardQuery;
import dev.keywheel.web.dashboard.DashboardRoutes;
import dev.keywheel.web.find.FindRoutes;
import dev.keywheel.web.find.Finder;
import dev.keywheel.web.gateway.ModelRoutes;
import dev.keywheel.web.gateway.RequestRoutes;
import dev.keywheel.web.gateway.TokenRoutes;
import dev.keywheel.web.help.HelpRoutes;
import dev.keywheel.web.keys.KeyRoutes;
import dev.keywheel.web.log.LogRoutes;
import dev.keywheel.web.recovery.RecoveryRoutes;
import dev.keywheel.web.runs.RunRoutes;
import dev.keywheel.web.secondfactor.SecondFactorRoutes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import dev.keywheel.web.session.SessionScreens;
import dev.keywheel.web.settings.AccountRoutes;
import dev.keywheel.web.settings.PeopleRoutes;
import dev.keywheel.web.settings.SecondFactorResetRoutes;
import dev.keywheel.web.settings.SettingsScreens;
import dev.keywheel.web.setup.SetupRoutes;
import dev.keywheel.web.usage.UsageRoutes;
import dev.keywheel.web.workspaces.WorkspaceRoutes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Wires all screens. */
final class WebModule {
  private static final int LAST_ARTICLES_SHOWN = 5;

  /** Maximum age of the failed runs that are shown. */
  private static final Duration FAILED_RUNS_SHOWN_FOR = Duration.ofDays(7);

  private static final Duration LAST_DAY = Duration.ofHours(24);

  private WebModule() {}

  /**
   * @param sampleKeys sandbox keys, one per line; empty without a sandbox
   * @param suggestedTopics topics for a first article, by provider name
   */
  static List<Screen> of(
      WebContext web,
      CoreModule coreModule,
      Optional<String> sampleKeys,
      Map<String, List<String>> suggestedTopics) {
    return Stream.of(
            coreScreens(web, coreModule, suggestedTopics),
            keys(web, coreModule, sampleKeys),
            articles(web, coreModule, suggestedTopics),
            gateway(web, coreModule))
        .flatMap(List::stream)
        .toList();
  }

  private static List<Screen> coreScreens(
      WebContext web, CoreModule coreModule, Map<String, List<String>> suggestedTopics) {
    var articles = coreModule.articles;
    var usage = new UsageQueries(coreModule.database);
    var requests = new GatewayQueries(coreModule.database);
    var dashboardQuery =
        new DashboardQuery(
            coreModule.keys,
            coreModule.providers,
            coreModule.settings,
            articles.runs()::unfinished,
            workspace -> requests.counts(workspace, coreModule.clock.instant().minus(LAST_DAY)),
            workspace ->
                articles.articles().articles(workspace, ArticleFilter.NEWEST, LAST_ARTICLES_SHOWN),
            workspace -> usage.lastDay(workspace, coreModule.clock.instant()),
            workspace ->
                articles
                    .runs()
                    .pendingIssues(
                        workspace, coreModule.clock.instant().minus(FAILED_RUNS_SHOWN_FOR)),
            coreModule.jobs::countFailing,
            coreModule.auditVerification::status,
            suggestedTopics,
            coreModule.clock);
    var screens = new ArrayList<Screen>();
    screens.add(HealthChecks.of(coreModule.database, coreModule.vault, coreModule.jobs));
    screens.add(new DashboardRoutes(web, dashboardQuery));
    screens.add(new HelpRoutes(web));
    screens.add(new SetupRoutes(web, coreModule.setup, coreModule.signIn));
    screens.addAll(people(web, coreModule));
    screens.addAll(
        SettingsScreens.of(
            web,
            coreModule.database,
            coreModule.keys,
            coreModule.settings,
            coreModule.providers,
            coreModule.retention,
            coreModule.vault,
            coreModule.dataKeys,
            coreModule.audit,
            coreModule.auditVerification,
            coreModule.auditExport,
            coreModule.jobs,
            articles.runs()::topics,
            coreModule.clock));
    screens.add(new LogRoutes(web, coreModule.log));
    return screens;
  }

  private static List<Screen> people(WebContext web, CoreModule coreModule) {
    var screens =
        new ArrayList<>(
            SessionScreens.of(
                web,
                coreModule.signIn,
                coreModule.secondStep,
                coreModule.passkeySignIn,
                coreModule.stepUp,
                coreModule.members,
                coreModule.invitations,
                coreModule.setup::needed));
    screens.add(new SecondFactorRoutes(web, coreModule.secondFactors));
    screens.add(new SecondFactorResetRoutes(web, coreModule.secondFactorReset));
    screens.add(
        new PeopleRoutes(web, coreModule.members, coreModule.accounts, coreModule.invitations));
    screens.add(
        new WorkspaceRoutes(
            web,
            coreModule.workspaces,
            coreModule.accounts,
            coreModule.archivedWorkspaces::stopWork));
    screens.add(
        new AccountRoutes(
            web,
            coreModule.members,
            coreModule.sessions,
            coreModule.signIn,
            coreModule.secondFactors,
            coreModule.clock));
    return screens;
  }

  private static List<Screen> keys(
      WebContext web, CoreModule coreModule, Optional<String> sampleKeys) {
    return List.of(
        new KeyRoutes(
            web,
            coreModule.keys,
            new KeyList(coreModule.database),
            new KeyTrash(coreModule.database),
            coreModule.keyCommands,
            coreModule.keyImport,
            new KeyHistory(coreModule.database),
            coreModule.recovery,
            new RecoveryHistory(coreModule.database),
            coreModule.providers,
            coreModule.settings,
            coreModule.clock,
            coreModule.signIn,
            sampleKeys),
        new RecoveryRoutes(
            web,
            coreModule.recovery,
            new RecoveryHistory(coreModule.database),
            coreModule.keys,
            coreModule.clock));
  }

  private static List<Screen> articles(
      WebContext web, CoreModule coreModule, Map<String, List<String>> suggestedTopics) {
    var articles = coreModule.articles;
    return List.of(
        new FindRoutes(
            web,
            new Finder(new KeyList(coreModule.database), articles.articles(), articles.runs())),
        new RunRoutes(
            web,
            articles.runs(),
            coreModule.log,
            coreModule.clock,
            coreModule.providers,
            coreModule.jobs.stopping(),
            coreModule.keys),
        new UsageRoutes(
            web, new UsageQueries(coreModule.database), articles.runs(), coreModule.clock),
        new ArticleScreens(
            web,
            articles,
            coreModule.providers,
            coreModule.keys,
            coreModule.settings,
            coreModule.clock,
            suggestedTopics),
        new BlockRoutes(web, articles.articles(), articles.blocks()),
        new DetailsRoutes(web, articles.articles(), articles.details()));
  }

  private static List<Screen> gateway(WebContext web, CoreModule coreModule) {
    var gateway = coreModule.gateway;
    return List.of(
        new RequestRoutes(
            web,
            coreModule.database,
            gateway.tokens(),
            coreModule.keys,
            gateway::abort,
            gateway.ledger().inFlight()::firstEventMs,
            coreModule.audit,
            coreModule.clock),
        new TokenRoutes(
            web,
            gateway.tokens(),
            gateway.models(),
            new KeyList(coreModule.database),
            coreModule.providers,
            coreModule.clock),
        new ModelRoutes(
            web,
            coreModule.database,
            gateway.models(),
            gateway.aliases(),
            coreModule.keys,
            gateway.trials()));
  }
}
