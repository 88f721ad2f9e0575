package dev.keywheel.web.articles;

import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.Providers;
import dev.keywheel.settings.SettingsStore;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/** Notes about the keys that each pool has for a run that starts now. */
final class PoolNotes {
  private final Providers providers;
  private final KeyPool keys;
  private final SettingsStore settings;
  private final InstantSource clock;
  private final BooleanSupplier vaultSealed;
  private final Map<String, List<String>> suggestedTopics;

  /**
   * @param suggestedTopics topics for a first article, by provider
   */
  PoolNotes(
      Providers providers,
      KeyPool keys,
      SettingsStore settings,
      InstantSource clock,
      BooleanSupplier vaultSealed,
      Map<String, List<String>> suggestedTopics) {
    this.providers = providers;
    this.keys = keys;
    this.settings = settings;
    this.clock = clock;
    this.vaultSealed = vaultSealed;
    this.suggestedTopics = suggestedTopics;
  }

  /** One note for each provider, in the order in which the form offers the providers. */
  List<PoolNote> of(UUID workspace) {
    var rule = AssignmentSettings.of(settings, workspace);
    return providers.all().stream().map(provider -> note(workspace, provider, rule)).toList();
  }

  private PoolNote note(UUID workspace, Provider provider, AssignmentSettings rule) {
    var pool = new PoolId(workspace, provider.name());
    var counts = keys.status().counts(pool);
    if (vaultSealed.getAsBoolean() && counts.all() > 0) {
      return PoolNote.sealed(provider.name(), provider.label());
    }
    return PoolNote.of(
        provider.name(),
        provider.label(),
        counts,
        rule,
        keys.status().findPause(pool),
        counts.active() < rule.required()
            ? keys.rechecks().findTestable(pool, PoolNote.SHOWN)
            : List.of(),
        suggestedTopics.getOrDefault(provider.name(), List.of()),
        clock.instant());
  }

  /** The provider to preselect: the first one whose pool is in the best state. */
  static String best(List<PoolNote> notes) {
    return notes.stream()
        .min(Comparator.comparing(PoolNote::empty).thenComparing(PoolNote::tone))
        .map(PoolNote::provider)
        .orElse("");
  }
}
