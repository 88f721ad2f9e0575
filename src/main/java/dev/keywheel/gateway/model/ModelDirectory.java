package dev.keywheel.gateway.model;

import dev.keywheel.db.Database;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.GatewayRevision;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.key.pool.KeyPool;
import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.ModelInfo;
import dev.keywheel.provider.Providers;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** The models that clients of the gateway can request. */
public final class ModelDirectory {
  private final OfferCache offers;
  private final RandomGenerator random;

  public ModelDirectory(
      Database database,
      KeyPool keys,
      Providers providers,
      RandomGenerator random,
      InstantSource clock) {
    this.offers = new OfferCache(database, keys, providers, clock);
    this.random = random;
  }

  /** Resolves a requested model as below, but always with aliases read from the database. */
  public List<Target> resolve(
      UUID workspace, TokenScope scope, GatewayOperation operation, String asked) {
    return resolver(offers.fresh(workspace), scope).resolve(operation, asked);
  }

  /**
   * Resolves the model that a client requested into targets, in the order in which to try them;
   * empty if the model is unknown or the token may not use it, which clients cannot tell apart. A
   * model counts as unknown only if a snapshot from the last second does not have it, so that many
   * requests for unknown models do not read the database each time.
   *
   * @param revision the {@link GatewayRevision} with which the client's token was read; older
   *     aliases are not used
   */
  public List<Target> resolve(
      UUID workspace, TokenScope scope, GatewayOperation operation, String asked, long revision) {
    List<Target> first = resolver(offers.get(workspace, revision), scope).resolve(operation, asked);
    return first.isEmpty()
        ? resolver(offers.recent(workspace), scope).resolve(operation, asked)
        : first;
  }

  private ModelResolver resolver(Offer offer, TokenScope scope) {
    return new ModelResolver(offer, scope, random);
  }

  /** The models that a token may use: aliases first, then the models of the catalogues. */
  public List<ListedModel> list(UUID workspace, TokenScope scope) {
    return List.copyOf(listed(offers.get(workspace, 0), scope));
  }

  /** A model of {@link #list}, or a catalogue's model under another of its names. */
  public Optional<ListedModel> find(UUID workspace, TokenScope scope, String id) {
    var offer = offers.get(workspace, 0);
    return listed(offer, scope).stream()
        .filter(model -> model.id().equals(id))
        .findFirst()
        .or(
            () ->
                first(resolver(offer, scope), id)
                    .filter(offer::lists)
                    .map(target -> listed(offer, id, target, false)));
  }

  /** Whether the catalogue of the provider is known and lacks a model that it would list. */
  public boolean isMissing(UUID workspace, String provider, String model) {
    return offers.fresh(workspace).pools().stream()
        .anyMatch(pool -> pool.provider().equals(provider) && pool.lacks(model));
  }

  /** The catalogues of the providers whose pool has keys, by the name of the provider. */
  public Map<String, Catalogue> catalogues(UUID workspace) {
    var all = new LinkedHashMap<String, Catalogue>();
    offers.fresh(workspace).pools().forEach(pool -> all.put(pool.provider(), pool.catalogue()));
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
    return resolver.resolve(GatewayOperation.CHAT, id).stream().findFirst();
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
    offers.forget(workspace);
  }
}
