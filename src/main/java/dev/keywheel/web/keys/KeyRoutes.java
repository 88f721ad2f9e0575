package dev.keywheel.web.keys;

import dev.keywheel.key.KeyCommands;
import dev.keywheel.key.KeyHistory;
import dev.keywheel.key.KeyImport;
import dev.keywheel.key.KeyList;
import dev.keywheel.key.KeyPool;
import dev.keywheel.key.KeyTrash;
import dev.keywheel.people.SignIn;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.RecoveryHistory;
import dev.keywheel.settings.SettingsStore;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.WebContext;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** All screens about keys, in the order in which their addresses are tried. */
public final class KeyRoutes implements Screen {
  private final List<Screen> screens;

  /** {@code samples}: the sandbox's sample keys, one a line; empty when the sandbox is off. */
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
        new KeyPages(pool, list, edits, tests, providers, settings, clock, samples.isPresent());
    this.screens =
        List.of(
            new KeyListRoutes(web, pages),
            new KeyActionRoutes(web, list, edits),
            new TrashRoutes(web, list, trash, edits, clock),
            new KeyImportRoutes(web, imports, providers, samples),
            new KeyTestRoutes(web, pool, list, recovery, tests, pages, clock),
            new DeepTestRoutes(web, pool, edits, recovery, providers, settings),
            new KeyDetailRoutes(web, pool, history, edits, signIn));
  }

  @Override
  public void routes(Routes routes) {
    screens.forEach(screen -> screen.routes(routes));
  }
}
