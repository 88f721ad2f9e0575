package dev.keywheel.web.keys;

import dev.keywheel.key.KeyEdits;
import dev.keywheel.key.KeyHistory;
import dev.keywheel.key.KeyImport;
import dev.keywheel.key.KeyList;
import dev.keywheel.key.KeyPool;
import dev.keywheel.key.KeyTrash;
import dev.keywheel.people.SignIn;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.Recovery;
import dev.keywheel.recovery.RecoveryHistory;
import dev.keywheel.settings.Settings;
import dev.keywheel.web.Routes;
import dev.keywheel.web.Screen;
import dev.keywheel.web.Web;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** All screens about keys, in the order in which their addresses are tried. */
public final class KeyScreens implements Screen {
  private final List<Screen> screens;

  /** {@code samples}: the sandbox's sample keys, one a line; empty when the sandbox is off. */
  public KeyScreens(
      Web web,
      KeyPool pool,
      KeyList list,
      KeyTrash trash,
      KeyEdits edits,
      KeyImport imports,
      KeyHistory history,
      Recovery recovery,
      RecoveryHistory tests,
      Providers providers,
      Settings settings,
      InstantSource clock,
      SignIn signIn,
      Optional<String> samples) {
    var pages =
        new KeyPages(pool, list, edits, tests, providers, settings, clock, samples.isPresent());
    this.screens =
        List.of(
            new KeyListScreen(web, pages),
            new KeyActionsScreen(web, list, edits),
            new TrashScreen(web, list, trash, edits, clock),
            new KeyImportScreen(web, imports, providers, samples),
            new KeyTestsScreen(web, pool, list, recovery, tests, pages, clock),
            new DeepTestScreen(web, pool, edits, recovery, providers, settings),
            new KeyScreen(web, pool, history, edits, signIn));
  }

  @Override
  public void routes(Routes routes) {
    screens.forEach(screen -> screen.routes(routes));
  }
}
