package dev.keywheel.people.factor;

import java.net.URI;
import java.util.Optional;

/**
 * The site that passkeys belong to. A browser offers a passkey only to this host, so passkeys
 * become useless if the host in {@code KEYWHEEL_URL} changes.
 *
 * @param host the relying party id; passkeys work only if it is {@link #isHostName a host name}
 * @param origin scheme, host and, for a public URL, port
 * @param anyPort whether the port may differ: without a public URL, Keywheel may choose any free
 *     port
 */
public record PasskeySite(String host, String origin, boolean anyPort) {
  private static final PasskeySite THIS_MACHINE =
      new PasskeySite("localhost", "http://localhost", true);

  /**
   * The site of the public URL; {@code localhost} if there is no public URL.
   *
   * @param publicUrl an origin as browsers send it, which the configuration ensures
   */
  public static PasskeySite of(Optional<URI> publicUrl) {
    return publicUrl
        .map(url -> new PasskeySite(url.getHost(), url.toString(), false))
        .orElse(THIS_MACHINE);
  }

  /** Whether the host is a name. Browsers refuse passkeys for IP addresses. */
  public boolean isHostName() {
    return !host.startsWith("[") && !host.matches("[0-9.]+");
  }
}
