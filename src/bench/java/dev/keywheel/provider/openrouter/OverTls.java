package dev.keywheel.provider.openrouter;

import java.net.URI;
import java.time.InstantSource;
import javax.net.ssl.SSLContext;

/**
 * The real client with a separate trust store, which contains the certificates of the benchmarks.
 */
public final class OverTls {
  private OverTls() {}

  public static OpenRouter at(URI base, SSLContext tls) {
    return new OpenRouter("openrouter", "OpenRouter", base, base, InstantSource.system(), tls);
  }
}
