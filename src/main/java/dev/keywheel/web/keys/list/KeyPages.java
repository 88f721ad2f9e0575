package dev.keywheel.web.keys.list;

import dev.keywheel.assignment.AssignmentSettings;
import dev.keywheel.key.edit.KeyCommands;
import dev.keywheel.key.imports.SecretReplacements;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.search.KeyCounts;
import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.search.KeyList;
import dev.keywheel.key.search.KeyPage;
import dev.keywheel.key.state.ApiKey;
import dev.keywheel.key.state.PoolState;
import dev.keywheel.provider.Providers;
import dev.keywheel.recovery.store.Batch;
import dev.keywheel.recovery.store.RecoveryHistory;
import dev.keywheel.settings.SettingsStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** Assembles the page of the list of keys with as few queries as possible. */
public final class KeyPages {
  /** How long a row shows the result of its test. */
  private static final Duration RECENT = Duration.ofMinutes(2);

  private final KeyPool pool;
  private final KeyList list;
  private final KeyCommands edits;
  private final SecretReplacements replacements;
  private final RecoveryHistory history;
  private final InstantSource clock;
  private final SettingsStore settings;
  private final boolean samplesAvailable;
  private final VersionedCache<KeyCounts> counts;
  private final VersionedCache<List<String>> tags;

  public KeyPages(
      KeyPool pool,
      KeyList list,
      KeyCommands edits,
      SecretReplacements replacements,
      RecoveryHistory history,
      SettingsStore settings,
      InstantSource clock,
      boolean samplesAvailable) {
    this.pool = pool;
    this.list = list;
    this.edits = edits;
    this.replacements = replacements;
    this.history = history;
    this.clock = clock;
    this.settings = settings;
    this.samplesAvailable = samplesAvailable;
    this.counts = new VersionedCache<>(list::counts);
    this.tags = new VersionedCache<>(list::tags);
  }

  /**
   * The pools and the work in progress. They are read before the list, so that the list is at least
   * as new.
   */
  record Snapshot(
      UUID workspace,
      Instant at,
      List<PoolState> pools,
      List<Batch> running,
      List<KeyProgress> edits) {
    /** A version that changes whenever the displayed list may have changed. */
    String version() {
      var news = new StringBuilder();
      edits.forEach(
          edit -> news.append(" %s:%d/%d".formatted(edit.id(), edit.done(), edit.total())));
      running.forEach(
          batch -> news.append(" ").append(batch.id()).append(":").append(batch.counts().total()));
      long paused = pools.stream().filter(pool -> pool.pause(at).isPresent()).count();
      return "v" + pools.stream().mapToLong(PoolState::version).sum() + "-" + paused + news;
    }
  }

  Snapshot snapshot(UUID workspace) {
    var pools = list.pools(workspace);
    return new Snapshot(
        workspace, clock.instant(), pools, history.running(workspace), progress(workspace));
  }

  List<KeyProgress> progress(UUID workspace) {
    return Stream.concat(
            edits.running(workspace).stream().map(KeyProgress::of),
            replacements.running(workspace).stream().map(KeyProgress::of))
        .toList();
  }

  KeyTable table(Snapshot snapshot, KeysQuery query) {
    UUID workspace = snapshot.workspace();
    KeyCounts counted = counts.of(snapshot);
    KeyPage page =
        list.page(
            workspace,
            query.filter(),
            query.order(),
            new KeyPage.Slice(
                counted.matching(query.filter()), query.cursor(), query.backwards(), query.size()));
    KeyFilter.BatchOutcome tested = query.filter().tested();
    return new KeyTable(
        strip(snapshot, counted, query),
        rows(snapshot, page),
        page.matching(),
        page.partial(),
        query.reload().toString(),
        query.table().toString(),
        snapshot.version(),
        snapshot.at().toString(),
        page.before() == null || query.atFirstMatch()
            ? null
            : query.before(page.before()).toString(),
        page.after() == null
            ? null
            : query.after(page.after(), page.keys().size(), page.partial()).toString(),
        query,
        counted.counts(null).all() > 0,
        counted.trashed(),
        samplesAvailable,
        snapshot.pools().size() > 1,
        tested == null ? null : list.tested(workspace, tested).orElse(null),
        batches(snapshot, query),
        snapshot.edits());
  }

  /** The tags to choose from; the chosen tag is always among them. */
  List<String> tags(Snapshot snapshot, KeysQuery query) {
    List<String> all = tags.of(snapshot);
    String chosen = query.filter().tag();
    return chosen == null || all.contains(chosen)
        ? all
        : Stream.concat(Stream.of(chosen), all.stream()).toList();
  }

  /** The rows of the keys, with their recent tests and their calls of the last week. */
  private List<KeyRow> rows(Snapshot snapshot, KeyPage page) {
    var ids = page.keys().stream().map(ApiKey::id).toList();
    var recent = history.recent(ids, snapshot.at().minus(RECENT));
    var weeks = list.callsOfLastWeek(ids, snapshot.at());
    return page.keys().stream()
        .map(key -> new KeyRow(key, recent.get(key.id()), weeks.getOrDefault(key.id(), List.of())))
        .toList();
  }

  private List<KeyBatch> batches(Snapshot snapshot, KeysQuery query) {
    var batches = new ArrayList<>(snapshot.running());
    KeyFilter.BatchOutcome tested = query.filter().tested();
    UUID started = tested == null ? query.started() : tested.batch();
    if (started != null && batches.stream().noneMatch(batch -> batch.id().equals(started))) {
      history.find(snapshot.workspace(), started).ifPresent(batches::add);
    }
    var view = query.here().toString();
    return batches.stream()
        .map(batch -> new KeyBatch(batch, view, query.shownOf(batch.id())))
        .toList();
  }

  List<KeyListPage.Choice> providers(Snapshot snapshot) {
    return snapshot.pools().stream()
        .map(p -> new KeyListPage.Choice(p.id().provider(), Providers.label(p.id().provider())))
        .toList();
  }

  private PoolStrip strip(Snapshot snapshot, KeyCounts counts, KeysQuery query) {
    AssignmentSettings rule = AssignmentSettings.of(settings, snapshot.workspace());
    String only = query.filter().provider();
    return new PoolStrip(
        counts.counts(only),
        counts.firstBack(only).orElse(null),
        snapshot.pools().stream()
            .filter(p -> only == null || p.id().provider().equals(only))
            .filter(p -> counts.counts(p.id().provider()).all() > 0)
            .map(p -> pool(p, counts, rule))
            .toList());
  }

  private PoolStrip.Pool pool(PoolState state, KeyCounts counts, AssignmentSettings rule) {
    String provider = state.id().provider();
    var next = pool.rotation().findNext(state.id(), state.textClass(), 1);
    return new PoolStrip.Pool(
        provider,
        Providers.label(provider),
        counts.counts(provider),
        next.isEmpty() ? null : next.getFirst().name(),
        next.isEmpty() ? null : "…" + next.getFirst().lastFour(),
        next.isEmpty() ? null : next.getFirst().id().toString(),
        rule,
        state);
  }
}
