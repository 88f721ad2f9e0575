package dev.keywheel.provider.http;

import dev.keywheel.provider.http.Observation.Reply;
import dev.keywheel.secret.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A key as the credential of one request, and the only place of this package where it is in clear.
 * It also takes the key out of what comes back, should the upstream repeat it.
 */
public final class BearerCredential {
  /** Far above any key in use; a header longer than this is refused by servers anyway. */
  private static final int LONGEST = 512;

  private final String clear;

  private BearerCredential(String clear) {
    this.clear = clear;
  }

  /**
   * Empty when the key holds anything but printable ASCII. Looked at here, because the JDK's own
   * refusal of such a header repeats the key in its message.
   */
  public static Optional<BearerCredential> of(Secret key) {
    String clear = key.reveal();
    boolean sendable =
        !clear.isEmpty()
            && clear.length() <= LONGEST
            && clear.chars().allMatch(letter -> letter > ' ' && letter <= '~');
    return sendable ? Optional.of(new BearerCredential(clear)) : Optional.empty();
  }

  public String value() {
    return "Bearer " + clear;
  }

  public Observation takenOutOf(Observation seen) {
    if (!(seen instanceof Reply reply)) {
      return seen;
    }
    var echo = new SecretScrubber(clear);
    var headers = new TreeMap<String, String>();
    reply.headers().forEach((name, value) -> headers.put(name, echo.takenOutOf(value)));
    return new Reply(reply.status(), headers, withoutIt(echo, reply.body()), reply.end());
  }

  /** Keys are ASCII, so it does not matter what else the bytes are. */
  private static byte[] withoutIt(SecretScrubber echo, byte[] body) {
    var text = new String(body, StandardCharsets.ISO_8859_1);
    var left = echo.takenOutOf(text);
    return left.equals(text) ? body : left.getBytes(StandardCharsets.ISO_8859_1);
  }
}
