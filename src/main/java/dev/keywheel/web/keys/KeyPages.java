package dev.keywheel.web.keys;

import dev.keywheel.assignment.PoolRule;
import dev.keywheel.key.KeyFilter;
import dev.keywheel.key.KeyList;
import dev.keywheel.key.KeyPage;
import dev.keywheel.key.KeyPool;
import dev.keywheel.key.PoolId;
import dev.keywheel.problem.NotFound;
import dev.keywheel.provider.Providers;
import dev.keywheel.settings.Settings;
import java.util.List;
import java.util.UUID;

/** Puts together what the list of keys shows. */
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

  /** Changes whenever what the list shows may have changed. */
  String version(UUID workspace) {
    return "v" + pool.version(workspace);
  }

  KeyTable table(UUID workspace, KeysQuery query) {
    String version = version(workspace);
    KeyPage page =
        list.page(
            workspace,
            query.filter(),
            query.order(),
            query.cursor(),
            query.backwards(),
            query.size());
    List<PoolId> pools = pool.pools(workspace);
    PoolStrip strip = strip(workspace, query, pools);
    KeyFilter.Tested tested = query.filter().tested();
    boolean any =
        strip.counts().all() > 0 || page.matching() > 0 || list.count(workspace, KeyFilter.ALL) > 0;
    return new KeyTable(
        strip,
        page.keys().stream().map(KeyRow::new).toList(),
        page.matching(),
        query.here().toString(),
        query.table().toString(),
        version,
        page.before() == null ? null : query.before(page.before()).toString(),
        page.after() == null ? null : query.after(page.after()).toString(),
        query,
        any,
        samples,
        pools.size() > 1,
        tested == null ? null : list.tested(workspace, tested).orElse(null));
  }

  List<KeyListPage.Choice> providers(UUID workspace) {
    return pool.pools(workspace).stream()
        .map(p -> new KeyListPage.Choice(p.provider(), label(p.provider())))
        .toList();
  }

  String label(String provider) {
    try {
      return providers.byName(provider).label();
    } catch (NotFound e) {
      return provider; // its keys are there, the provider is switched off
    }
  }

  private PoolStrip strip(UUID workspace, KeysQuery query, List<PoolId> pools) {
    PoolRule rule = settings.read(workspace, PoolRule.SETTING, PoolRule.class, PoolRule.DEFAULT);
    String only = query.filter().provider();
    return new PoolStrip(
        list.counts(workspace, query.filter()),
        list.firstBack(workspace, query.filter()).orElse(null),
        pools.stream()
            .filter(p -> only == null || p.provider().equals(only))
            .map(p -> pool(p, rule))
            .filter(p -> p.counts().all() > 0)
            .toList());
  }

  private PoolStrip.Pool pool(PoolId id, PoolRule rule) {
    var next = pool.next(id, pool.textClass(id), 1);
    return new PoolStrip.Pool(
        id.provider(),
        label(id.provider()),
        pool.counts(id),
        next.isEmpty() ? null : "…" + next.getFirst().lastFour(),
        next.isEmpty() ? null : next.getFirst().id().toString(),
        rule,
        pool.pause(id).orElse(null),
        pool.notice(id).orElse(null));
  }
}
