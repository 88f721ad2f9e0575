package dev.keywheel.support;

import dev.keywheel.provider.openrouter.OpenRouter;
import java.net.URI;
import java.time.InstantSource;

/** A provider at an address where no server listens. */
public final class UnreachableProvider {
  private static final URI NOWHERE = URI.create("http://127.0.0.1:9/");

  private UnreachableProvider() {}

  public static OpenRouter create(InstantSource clock) {
    return named("openrouter", "OpenRouter", clock);
  }

  public static OpenRouter named(String name, String label, InstantSource clock) {
    return new OpenRouter(name, label, NOWHERE, URI.create("http://localhost"), clock);
  }
}
