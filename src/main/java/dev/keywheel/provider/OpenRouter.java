package dev.keywheel.provider;

import dev.keywheel.secret.Secret;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;

/** A provider that speaks OpenRouter's protocol. */
public final class OpenRouter implements Provider, AutoCloseable {
  private final String name;
  private final String label;

  /**
   * @param base address up to and including the version, for instance {@code
   *     https://openrouter.ai/api/v1}
   * @param appUrl this installation's public address, named to the provider as the source of calls
   */
  public OpenRouter(String name, String label, URI base, URI appUrl, InstantSource clock) {
    this.name = name;
    this.label = label;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String label() {
    return label;
  }

  @Override
  public CheckOutcome check(Secret key, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CallOutcome chat(Secret key, ChatRequest request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CallOutcome image(Secret key, ImageRequest request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Catalogue catalogue() {
    return Catalogue.unknown();
  }

  /** Ends calls that still run. */
  @Override
  public void close() {}
}
