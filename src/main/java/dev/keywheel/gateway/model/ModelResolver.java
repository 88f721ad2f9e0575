package dev.keywheel.gateway.model;

import dev.keywheel.gateway.model.Alias.AliasTarget;
import dev.keywheel.gateway.peek.RequestPeek;
import dev.keywheel.gateway.token.GatewayOperation;
import dev.keywheel.gateway.token.TokenScope;
import dev.keywheel.key.state.PoolId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Resolves the model that a client requested. The first match wins: an alias; an id in a pool's
 * catalogue; {@code provider/} and an id of that provider; an alias with a wildcard; any id while a
 * pool's catalogue is unknown; for embeddings, an id that no catalogue lists. The retry policy of
 * calls decides when the next target of an alias is tried.
 */
final class ModelResolver {
  private final Offer offer;
  private final TokenScope scope;
  private final RandomGenerator random;

  /**
   * @param random draws among targets that share the requests
   */
  ModelResolver(Offer offer, TokenScope scope, RandomGenerator random) {
    this.offer = offer.within(scope);
    this.scope = scope;
    this.random = random;
  }

  /** The targets in the order in which to try them; empty if the token may use none. */
  List<Target> resolve(GatewayOperation operation, String asked) {
    return targets(operation, asked).stream().filter(target -> allowed(asked, target)).toList();
  }

  private List<Target> targets(GatewayOperation operation, String asked) {
    return offer
        .alias(asked)
        .map(alias -> targets(alias, ""))
        .or(() -> serving(asked, true))
        .or(() -> named(operation, asked))
        .or(() -> wildcard(asked))
        .or(() -> serving(asked, false))
        .or(() -> unlisted(operation, asked))
        .orElse(List.of());
  }

  private Optional<List<Target>> serving(String asked, boolean known) {
    return offer.serving(asked, known).map(pool -> List.of(target(pool.provider(), asked)));
  }

  private Optional<List<Target>> named(GatewayOperation operation, String asked) {
    return offer.pools().stream()
        .filter(pool -> asked.startsWith(pool.provider() + "/"))
        .map(pool -> target(pool, operation, asked.substring(pool.provider().length() + 1)))
        .flatMap(Optional::stream)
        .findFirst()
        .map(List::of);
  }

  /**
   * The target for a model without the prefix of its provider. While the catalogue is unknown, the
   * model must contain a slash, because {@code openrouter/auto} is itself a complete id.
   */
  private Optional<Target> target(Offer.Pool pool, GatewayOperation operation, String model) {
    boolean serves = pool.serves(model) && (pool.catalogue().known() || model.indexOf('/') > 0);
    return serves || isUnlisted(operation, model)
        ? Optional.of(target(pool.provider(), model))
        : Optional.empty();
  }

  /** The targets of the matching alias with the most characters besides its wildcard. */
  private Optional<List<Target>> wildcard(String asked) {
    return offer.aliases().stream()
        .filter(alias -> alias.enabled() && alias.wildcard() && alias.match(asked).isPresent())
        .max(Comparator.comparingInt(alias -> alias.name().length()))
        .map(alias -> targets(alias, alias.match(asked).orElseThrow()));
  }

  /** The target for embeddings, whose models no catalogue lists: the first pool's provider. */
  private Optional<List<Target>> unlisted(GatewayOperation operation, String asked) {
    return isUnlisted(operation, asked)
        ? offer.pools().stream().findFirst().map(pool -> List.of(target(pool.provider(), asked)))
        : Optional.empty();
  }

  private static boolean isUnlisted(GatewayOperation operation, String model) {
    return operation == GatewayOperation.EMBEDDINGS && model.indexOf('/') > 0;
  }

  private List<Target> targets(Alias alias, String wildcard) {
    return alias.steps().stream()
        .flatMap(step -> inWeightedOrder(step).stream())
        .filter(target -> offer.installed().contains(target.provider()))
        .map(
            target ->
                new Target(
                    new PoolId(offer.workspace(), target.provider()),
                    target.model().replace(String.valueOf(Alias.WILDCARD), wildcard),
                    offer.overrides(target)))
        .toList();
  }

  /** The targets in random order: the greater a target's weight, the more often it comes first. */
  private List<AliasTarget> inWeightedOrder(List<AliasTarget> step) {
    var left = new ArrayList<>(step);
    var order = new ArrayList<AliasTarget>();
    while (!left.isEmpty()) {
      int sum = left.stream().mapToInt(AliasTarget::weight).sum();
      int at = left.size() == 1 ? 0 : random.nextInt(sum);
      int next = 0;
      while (at >= left.get(next).weight()) {
        at -= left.get(next).weight();
        next++;
      }
      order.add(left.remove(next));
    }
    return order;
  }

  private Target target(String provider, String model) {
    return new Target(new PoolId(offer.workspace(), provider), model);
  }

  /**
   * Whether the token may use a target, because it may use the alias or the model itself. A router
   * or preset also needs provider extras, unless the token's list names it. Fields that run other
   * models always need them.
   */
  private boolean allowed(String asked, Target target) {
    String model = target.model();
    return scope.allowsProvider(target.pool().provider())
        && (scope.allowsModel(asked) || scope.allowsModel(model))
        && (!RequestPeek.choosesModel(model)
            || scope.allowsProviderExtras()
            || scope.models().contains(model))
        && (!target.fields().extras() || scope.allowsProviderExtras());
  }
}
