package dev.keywheel.gateway.model;

import dev.keywheel.db.Database;
import dev.keywheel.gateway.peek.FieldOverrides;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.GatewayRevision;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.gateway.token.TokenSettings;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.problem.Rejected;
import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ModelInfo;
import dev.keywheel.provider.Provider;
import dev.keywheel.provider.Providers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The models that clients of the gateway can request. */
public final class ModelDirectory {
  /** Age at which a snapshot of the aliases and of the pools with keys is read again. */
  private static final Duration FRESH = Duration.ofSeconds(1);

  /** Operations whose models must be in a catalogue. */
  private static final Set<GatewayOperation> ANSWERING =
      EnumSet.complementOf(EnumSet.of(GatewayOperation.EMBEDDINGS, GatewayOperation.MODELS));

  private final Database database;
  private final KeyPool keys;
  private final Providers providers;
  private final RandomGenerator random;
  private final InstantSource clock;
  private final Map<UUID, CacheEntry> kept = new ConcurrentHashMap<>();

  /**
   * @param revision the {@link GatewayRevision} of the workspace, read before the content
   * @param renewing whether a thread is reading the content again
   */
  private record CacheEntry(Instant at, long revision, Content content, AtomicBoolean renewing) {
    /** Whether the caller may use this entry; one caller at a time must refresh an old one. */
    boolean fresh(Instant now) {
      return at.plus(FRESH).isAfter(now) || !renewing.compareAndSet(false, true);
    }
  }

  /**
   * @param overrides as {@link Offer#overrides}
   * @param providers the providers whose pool has keys
   */
  private record Content(
      List<Alias> aliases, Map<String, FieldOverrides> overrides, List<String> providers) {}

  public ModelDirectory(
      Database database,
      KeyPool keys,
      Providers providers,
      RandomGenerator random,
      InstantSource clock) {
    this.database = database;
    this.keys = keys;
    this.providers = providers;
    this.random = random;
    this.clock = clock;
  }

  /** Resolves a requested model, always with aliases read from the database. */
  public Resolution resolve(
      UUID workspace, TokenScope scope, GatewayOperation operation, String asked) {
    return resolver(fresh(workspace), scope).resolve(operation, asked);
  }

  /**
   * Resolves the model that a client requested into targets.
   *
   * @param revision the {@link GatewayRevision} with which the client's token was read; older
   *     aliases are not used
   */
  public Resolution resolve(
      UUID workspace, TokenScope scope, GatewayOperation operation, String asked, long revision) {
    Resolution first = resolver(offer(workspace, revision), scope).resolve(operation, asked);
    return first instanceof Resolution.NotFound
        ? resolver(fresh(workspace), scope).resolve(operation, asked)
        : first;
  }

  /**
   * Checks the default model of a token like the model of a request. For a token of embeddings
   * only, it need not be in a catalogue.
   *
   * @param before the current default model, which may stay although it is no longer offered; null
   *     for none
   * @throws Rejected if the model is not offered, or the token may not use it
   */
  public void checkDefault(UUID workspace, TokenSettings settings, @Nullable String before) {
    String model = settings.defaultModel();
    if (model == null || offersDefault(workspace, settings)) {
      return;
    }
    if (offers(workspace, TokenScope.ALL, settings.scope(), model)) {
      throw new Rejected(
          "defaultModel",
          "The limits of this token do not allow this model. Change the limits, or enter another"
              + " model.");
    }
    if (!model.equals(before)) {
      throw new Rejected(
          "defaultModel",
          "No provider with keys offers this model. Enter an id or an alias of the page Models.");
    }
  }

  /** Whether requests without a model can be answered: the token has a default model it may use. */
  public boolean offersDefault(UUID workspace, TokenSettings settings) {
    String model = settings.defaultModel();
    return model != null && offers(workspace, settings.scope(), settings.scope(), model);
  }

  private boolean offers(UUID workspace, TokenScope scope, TokenScope used, String model) {
    GatewayOperation operation =
        ANSWERING.stream().anyMatch(used::allows)
            ? GatewayOperation.CHAT
            : GatewayOperation.EMBEDDINGS;
    return resolve(workspace, scope, operation, model) instanceof Resolution.Route;
  }

  private ModelResolver resolver(Offer offer, TokenScope scope) {
    return new ModelResolver(offer, scope, random);
  }

  /** The models that a token may use: aliases first, then the models of the catalogues. */
  public List<ListedModel> list(UUID workspace, TokenScope scope) {
    return List.copyOf(listed(offer(workspace, 0), scope));
  }

  /** A model of {@link #list}, or a catalogue's model under another of its names. */
  public Optional<ListedModel> find(UUID workspace, TokenScope scope, String id) {
    var offer = offer(workspace, 0);
    return listed(offer, scope).stream()
        .filter(model -> model.id().equals(id))
        .findFirst()
        .or(
            () ->
                first(resolver(offer, scope), id)
                    .filter(offer::lists)
                    .map(target -> listed(offer, id, target, false)));
  }

  /** The catalogues of the providers whose pool has keys, by the name of the provider. */
  public Map<String, Catalogue> catalogues(UUID workspace) {
    var all = new LinkedHashMap<String, Catalogue>();
    fresh(workspace).pools().forEach(pool -> all.put(pool.provider(), pool.catalogue()));
    return all;
  }

  private Collection<ListedModel> listed(Offer offer, TokenScope scope) {
    var resolver = resolver(offer, scope);
    var all = new LinkedHashMap<String, ListedModel>();
    for (Alias alias : offer.aliases()) {
      if (alias.enabled() && !alias.wildcard()) {
        first(resolver, alias.name())
            .ifPresent(target -> all.put(alias.name(), listed(offer, alias.name(), target, true)));
      }
    }
    for (Offer.Pool pool : offer.pools()) {
      for (ModelInfo model : pool.catalogue().models().values()) {
        if (!all.containsKey(model.id())) {
          first(resolver, model.id())
              .ifPresent(target -> all.put(model.id(), listed(offer, model.id(), target, false)));
        }
      }
    }
    return all.values();
  }

  private static Optional<Target> first(ModelResolver resolver, String id) {
    return resolver.resolve(GatewayOperation.CHAT, id) instanceof Resolution.Route route
        ? Optional.of(route.targets().getFirst())
        : Optional.empty();
  }

  private static ListedModel listed(Offer offer, String id, Target target, boolean alias) {
    String provider = target.pool().provider();
    return new ListedModel(
        id,
        provider,
        alias,
        offer.pools().stream()
            .filter(pool -> pool.provider().equals(provider))
            .flatMap(pool -> pool.catalogue().model(target.model()).stream())
            .findFirst()
            .orElse(null));
  }

  /** Drops the snapshot of a workspace, because one of its aliases was changed. */
  void forget(UUID workspace) {
    kept.remove(workspace);
  }

  private Offer offer(UUID workspace, long revision) {
    CacheEntry known = kept.get(workspace);
    if (known == null || known.revision() < revision) {
      return fresh(workspace);
    }
    if (known.fresh(clock.instant())) {
      return offer(workspace, known.content());
    }
    try {
      return fresh(workspace);
    } finally {
      known.renewing().set(false); // also after a failure, so that the next caller tries
    }
  }

  private Offer fresh(UUID workspace) {
    long revision = database.read(dsl -> GatewayRevision.of(dsl, workspace));
    Content content = content(workspace);
    kept.put(workspace, new CacheEntry(clock.instant(), revision, content, new AtomicBoolean()));
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

  /** Adds the current catalogues, which are in memory except before their first fetch. */
  private Offer offer(UUID workspace, Content content) {
    return new Offer(
        workspace,
        content.aliases(),
        content.overrides(),
        content.providers().stream()
            .map(name -> new Offer.Pool(name, providers.byName(name).catalogue()))
            .toList());
  }
}
