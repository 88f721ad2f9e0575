package dev.keywheel.provider.openrouter;

import java.net.URI;
import java.time.InstantSource;
import javax.net.ssl.SSLContext;

/** The real client with a trust of its own: no certificate of a bench is in the JDK's. */
public final class OverTls {
  private OverTls() {}

  public static OpenRouter at(URI base, SSLContext tls) {
    return new OpenRouter("openrouter", "OpenRouter", base, base, InstantSource.system(), tls);
  }
}
