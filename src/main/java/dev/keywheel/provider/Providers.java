package dev.keywheel.provider;

import dev.keywheel.problem.NotFound;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The providers this installation knows, in the order in which they are offered. */
public final class Providers {
  private final List<Provider> providers;

  public Providers(List<Provider> providers) {
    this.providers = List.copyOf(providers);
  }

  /** The display name of a provider, even if that provider is switched off in this installation. */
  public static String label(String name) {
    return switch (name) {
      case "openrouter" -> "OpenRouter";
      case "sandbox" -> "Sandbox";
      default -> name;
    };
  }

  /** The name of a known provider, given its name or label in any case. */
  public static Optional<String> named(String text) {
    String name = text.toLowerCase(Locale.ROOT);
    return label(name).equals(name) ? Optional.empty() : Optional.of(name);
  }

  /**
   * @throws NotFound when no provider has this name
   */
  public Provider byName(String name) {
    return find(name)
        .orElseThrow(() -> new NotFound("This installation has no provider named " + name + "."));
  }

  /** The provider with this name; empty if it is switched off in this installation. */
  public Optional<Provider> find(String name) {
    for (Provider provider : providers) { // no stream: each gateway request calls this
      if (provider.name().equals(name)) {
        return Optional.of(provider);
      }
    }
    return Optional.empty();
  }

  public List<Provider> all() {
    return providers;
  }

  /** Begins to fetch the catalogues of these providers, so that the first request rarely waits. */
  public void fetchCatalogues(Set<String> names) {
    for (Provider provider : providers) {
      if (names.contains(provider.name())) {
        Thread.ofVirtual().name("provider-catalogue").start(provider::catalogue);
      }
    }
  }
}
