package dev.keywheel.web.keys;

import dev.keywheel.assignment.PoolRule;
import dev.keywheel.key.KeyCensus;
import dev.keywheel.key.KeyFilter;
import dev.keywheel.key.KeyList;
import dev.keywheel.key.KeyPage;
import dev.keywheel.key.KeyPool;
import dev.keywheel.key.PoolState;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.Providers;
import dev.keywheel.settings.Settings;
import java.util.List;
import java.util.UUID;

/** Puts together what the list of keys shows, in as few questions to the database as it takes. */
final class KeyPages {
  private final KeyPool pool;
  private final KeyList list;
  private final Providers providers;
  private final Settings settings;
  private final boolean samples;

  KeyPages(KeyPool pool, KeyList list, Providers providers, Settings settings, boolean samples) {
    this.pool = pool;
    this.list = list;
    this.providers = providers;
    this.settings = settings;
    this.samples = samples;
  }

  /**
   * What is read before anything else: a list that is read after it is at least as new as its
   * version.
   */
  record Now(UUID workspace, List<PoolState> pools) {
    /** Changes whenever what the list shows may have changed. */
    String version() {
      return "v" + pools.stream().mapToLong(PoolState::version).sum();
    }
  }

  Now now(UUID workspace) {
    return new Now(workspace, list.pools(workspace));
  }

  KeyTable table(Now now, KeysQuery query) {
    UUID workspace = now.workspace();
    KeyCensus census = list.census(workspace);
    KeyPage page =
        list.page(
            workspace,
            query.filter(),
            census.matching(query.filter()),
            query.order(),
            query.cursor(),
            query.backwards(),
            query.size());
    KeyFilter.Tested tested = query.filter().tested();
    return new KeyTable(
        strip(now, census, query),
        page.keys().stream().map(KeyRow::new).toList(),
        page.matching(),
        query.here().toString(),
        query.table().toString(),
        now.version(),
        page.before() == null ? null : query.before(page.before()).toString(),
        page.after() == null ? null : query.after(page.after()).toString(),
        query,
        census.counts(null).all() > 0,
        census.trashed(),
        samples,
        now.pools().size() > 1,
        tested == null ? null : list.tested(workspace, tested).orElse(null));
  }

  List<KeyListPage.Choice> providers(Now now) {
    return now.pools().stream()
        .map(p -> new KeyListPage.Choice(p.id().provider(), label(p.id().provider())))
        .toList();
  }

  String label(String provider) {
    try {
      return providers.byName(provider).label();
    } catch (NotFound e) {
      return provider; // its keys are there, the provider is switched off
    }
  }

  private PoolStrip strip(Now now, KeyCensus census, KeysQuery query) {
    PoolRule rule =
        settings.read(now.workspace(), PoolRule.SETTING, PoolRule.class, PoolRule.DEFAULT);
    String only = query.filter().provider();
    return new PoolStrip(
        census.counts(only),
        census.firstBack(only).orElse(null),
        now.pools().stream()
            .filter(p -> only == null || p.id().provider().equals(only))
            .filter(p -> census.counts(p.id().provider()).all() > 0)
            .map(p -> pool(p, census, rule))
            .toList());
  }

  private PoolStrip.Pool pool(PoolState state, KeyCensus census, PoolRule rule) {
    String provider = state.id().provider();
    var next = pool.next(state.id(), state.textClass(), 1);
    return new PoolStrip.Pool(
        provider,
        label(provider),
        census.counts(provider),
        next.isEmpty() ? null : "…" + next.getFirst().lastFour(),
        next.isEmpty() ? null : next.getFirst().id().toString(),
        rule,
        state);
  }
}
