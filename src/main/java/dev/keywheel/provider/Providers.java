package dev.keywheel.provider;

import dev.keywheel.problem.NotFound;
import java.util.List;

/** The providers this installation knows, in the order in which they are offered. */
public final class Providers {
  private final List<Provider> providers;

  public Providers(List<Provider> providers) {
    this.providers = List.copyOf(providers);
  }

  /** The word people read for a provider's name, also where that provider is switched off. */
  public static String label(String name) {
    return switch (name) {
      case "openrouter" -> "OpenRouter";
      case "sandbox" -> "Sandbox";
      default -> name;
    };
  }

  /**
   * @throws NotFound when no provider has this name
   */
  public Provider byName(String name) {
    return providers.stream()
        .filter(provider -> provider.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new NotFound("There is no provider named " + name + " here."));
  }

  public List<Provider> all() {
    return providers;
  }
}
