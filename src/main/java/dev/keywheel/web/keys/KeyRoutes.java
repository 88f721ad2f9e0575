package dev.keywheel.web.keys;

import dev.keywheel.key.edit.KeyCommands;
import dev.keywheel.key.edit.KeyTrash;
import dev.keywheel.key.imports.KeyImport;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.search.KeyHistory;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.people.SignIn;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.store.RecoveryHistory;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.web.keys.imports.KeyImportRoutes;
import dev.keywheel.web.keys.imports.ReplacementRoutes;
import dev.keywheel.web.keys.list.KeyListRoutes;
import dev.keywheel.web.keys.list.KeyPages;
import dev.keywheel.web.keys.list.KeyViewRoutes;
import dev.keywheel.web.keys.list.ListAnswer;
import dev.keywheel.web.server.Routes;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** All screens about keys, in the order in which their addresses are tried. */
public final class KeyRoutes implements Screen {
  private final List<Screen> screens;

  /** {@code samples} are the sandbox's sample keys, one per line; empty without the sandbox. */
  public KeyRoutes(
      WebContext web,
      KeyPool pool,
      KeyList list,
      KeyTrash trash,
      KeyCommands edits,
      KeyImport imports,
      KeyHistory history,
      Recovery recovery,
      RecoveryHistory tests,
      Providers providers,
      SettingsStore settings,
      InstantSource clock,
      SignIn signIn,
      Optional<String> samples) {
    var pages =
        new KeyPages(
            pool, list, edits, imports.replacements(), tests, settings, clock, samples.isPresent());
    var answer = new ListAnswer(web, pages);
    this.screens =
        List.of(
            new KeyListRoutes(web, pages, list, edits),
            new KeyViewRoutes(web, list.views(), clock),
            new SelectedKeysRoutes(web, list, edits, answer),
            new TrashRoutes(web, list, trash, edits, clock),
            new KeyImportRoutes(web, imports, providers, samples),
            new KeyTestRoutes(web, pool, list, recovery, tests, answer),
            new DeepTestRoutes(web, pool, edits, recovery, providers, settings),
            new ReplacementRoutes(web, list, imports.replacements(), recovery, providers),
            new KeyDetailRoutes(
                web,
                pool,
                history,
                list,
                edits,
                signIn,
                imports.replacements(),
                recovery,
                clock,
                answer));
  }

  @Override
  public void routes(Routes routes) {
    screens.forEach(screen -> screen.routes(routes));
  }
}
