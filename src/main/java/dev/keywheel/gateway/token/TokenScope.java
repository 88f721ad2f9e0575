package dev.keywheel.gateway.token;

import dev.keywheel.net.IpNetwork;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an access token may do. An empty collection limits nothing.
 *
 * @param models ids, aliases and patterns with {@code *}
 * @param providers names of providers
 * @param keyTags only keys with one of these tags serve the token
 * @param requestsPerMinute maximum number of requests per minute; 0 for no limit
 * @param parallel maximum number of open requests; 0 for no limit
 * @param expiresAt null if the token never expires
 * @param addresses networks that clients may connect from
 * @param providerExtras with a list of models: whether a request may still use routers, presets,
 *     plugins and tools of the provider, which run models that are not in the list
 */
public record TokenScope(
    Set<GatewayOperation> operations,
    List<String> models,
    Set<String> providers,
    Set<String> keyTags,
    int requestsPerMinute,
    int parallel,
    @Nullable Instant expiresAt,
    List<IpNetwork> addresses,
    boolean providerExtras) {

  /** Everything that the workspace offers, without limits. */
  public static final TokenScope ALL =
      new TokenScope(Set.of(), List.of(), Set.of(), Set.of(), 0, 0, null, List.of(), true);

  public TokenScope {
    operations = Set.copyOf(operations);
    models = List.copyOf(models);
    providers = Set.copyOf(providers);
    keyTags = Set.copyOf(keyTags);
    addresses = List.copyOf(addresses);
  }

  public boolean allows(GatewayOperation operation) {
    return operations.isEmpty() || operations.contains(operation);
  }

  public boolean allowsProvider(String provider) {
    return providers.isEmpty() || providers.contains(provider);
  }

  /** Whether a client may ask for this id or alias. */
  public boolean allowsModel(String model) {
    return models.isEmpty() || models.stream().anyMatch(pattern -> matches(pattern, model));
  }

  /** Whether a request may use features of the provider that run models it does not name. */
  public boolean allowsProviderExtras() {
    return providerExtras || models.isEmpty();
  }

  /**
   * @param address the IP address of the client, without port
   */
  boolean allowsAddress(String address) {
    return addresses.isEmpty() || addresses.stream().anyMatch(network -> network.contains(address));
  }

  /** Whether a model matches a pattern, in which {@code *} matches any text, even an empty one. */
  private static boolean matches(String pattern, String model) {
    String[] parts = pattern.split("\\*", -1);
    if (parts.length == 1) {
      return pattern.equals(model);
    }
    int at = parts[0].length();
    if (!model.startsWith(parts[0])) {
      return false;
    }
    for (int i = 1; i < parts.length - 1; i++) {
      int found = model.indexOf(parts[i], at);
      if (found < 0) {
        return false;
      }
      at = found + parts[i].length();
    }
    String end = parts[parts.length - 1];
    return model.length() - end.length() >= at && model.endsWith(end);
  }
}
