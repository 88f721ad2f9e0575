package dev.keywheel.gateway.model;

import static java.util.stream.Collectors.toUnmodifiableSet;

import dev.keywheel.db.Database;
import dev.keywheel.gateway.peek.FieldOverrides;
import dev.keywheel.gateway.token.GatewayRevision;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.Providers;
import dev.keywheel.time.TimeWindow;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** Keeps the aliases and the pools with keys of each workspace in memory for about a second. */
final class OfferCache {
  /** Age at which a snapshot of the aliases and of the pools with keys is read again. */
  private static final Duration MAX_AGE = Duration.ofSeconds(1);

  private final Database database;
  private final KeyPool keys;
  private final Providers providers;
  private final Set<String> installed;
  private final InstantSource clock;
  private final Map<UUID, CacheEntry> entries = new ConcurrentHashMap<>();

  /**
   * @param revision the {@link GatewayRevision} of the workspace, read before the content
   * @param renewing whether a thread is reading the content again
   */
  private record CacheEntry(
      TimeWindow fresh, long revision, Content content, AtomicBoolean renewing) {
    /** Claims the renewal of an old entry; false if no renewal is due or another caller has it. */
    boolean claimRenewal(Instant now) {
      return !fresh.contains(now) && renewing.compareAndSet(false, true);
    }
  }

  /**
   * @param overrides as {@link Offer#overrides}
   * @param providers the providers whose pool has keys
   */
  private record Content(
      List<Alias> aliases, Map<String, FieldOverrides> overrides, List<String> providers) {}

  OfferCache(Database database, KeyPool keys, Providers providers, InstantSource clock) {
    this.database = database;
    this.keys = keys;
    this.providers = providers;
    this.installed = providers.all().stream().map(Provider::name).collect(toUnmodifiableSet());
    this.clock = clock;
  }

  /** Drops the snapshot of a workspace, because one of its aliases was changed. */
  void forget(UUID workspace) {
    entries.remove(workspace);
  }

  /**
   * The offer, at most about a second old.
   *
   * @param revision the minimum {@link GatewayRevision} of the offer
   */
  Offer get(UUID workspace, long revision) {
    CacheEntry known = entries.get(workspace);
    if (known == null || known.revision() < revision) {
      return fresh(workspace);
    }
    if (!known.claimRenewal(clock.instant())) {
      return offer(workspace, known.content());
    }
    try {
      return fresh(workspace);
    } finally {
      known.renewing().set(false); // even after a failure, so that the next caller tries
    }
  }

  /** The offer, at most a second old even while another caller renews it. */
  Offer recent(UUID workspace) {
    CacheEntry known = entries.get(workspace);
    return known == null || !known.fresh().contains(clock.instant())
        ? fresh(workspace)
        : offer(workspace, known.content());
  }

  /** The offer as it is now in the database. */
  Offer fresh(UUID workspace) {
    return Database.answeredSoon(() -> read(workspace));
  }

  private Offer read(UUID workspace) {
    long revision = database.read(dsl -> GatewayRevision.of(dsl, workspace));
    Content content = content(workspace);
    var fresh = TimeWindow.from(clock.instant(), MAX_AGE);
    entries.put(workspace, new CacheEntry(fresh, revision, content, new AtomicBoolean()));
    return offer(workspace, content);
  }

  private Content content(UUID workspace) {
    List<Alias> aliases = database.read(dsl -> AliasRepository.all(dsl, workspace));
    List<String> withKeys =
        providers.all().stream()
            .map(Provider::name)
            .filter(provider -> keys.status().counts(new PoolId(workspace, provider)).all() > 0)
            .toList();
    return new Content(aliases, Offer.overrides(aliases), withKeys);
  }

  /** Adds the current catalogues, for which a caller waits only while no copy exists. */
  private Offer offer(UUID workspace, Content content) {
    return new Offer(
        workspace,
        content.aliases(),
        content.overrides(),
        content.providers().stream()
            .map(name -> new Offer.Pool(name, providers.byName(name).catalogue()))
            .toList(),
        installed);
  }
}
