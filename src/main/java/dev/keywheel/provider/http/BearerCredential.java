package dev.keywheel.provider.http;

import dev.keywheel.provider.http.Observation.Reply;
import dev.keywheel.secret.Secret;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A key in plain text as the credential of one request. Also removes the key from the answer,
 * because the upstream may repeat it.
 */
public final class BearerCredential {
  /** Maximum length of a key, far above any key in use. */
  private static final int LONGEST = 512;

  /** Minimum length of a key to search for in relayed data; a shorter one may occur by chance. */
  private static final int SHORTEST_LITERAL = 16;

  private static final byte[] MARK = SecretScrubber.MARK.getBytes(StandardCharsets.US_ASCII);

  private final String clear;
  private final SecretScrubber echo;

  private BearerCredential(String clear) {
    this.clear = clear;
    this.echo = new SecretScrubber(clear);
  }

  /**
   * The credential; empty if the key is empty, too long, or has other than visible ASCII
   * characters. Checked here because the JDK's exception for such a header contains the key.
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

  public Observation scrub(Observation seen) {
    if (!(seen instanceof Reply reply)) {
      return seen;
    }
    var headers = new TreeMap<String, String>();
    reply.headers().forEach((name, value) -> headers.put(name, echo.scrub(value)));
    return new Reply(reply.status(), headers, scrubBody(reply.body()), reply.end());
  }

  public String scrub(String text) {
    return echo.scrub(text);
  }

  /**
   * Replaces only exact copies of the key, for all data that the gateway relays: far faster than
   * the search for parts and encodings of the key.
   */
  public byte[] scrub(byte[] bytes) {
    int at = clear.length() < SHORTEST_LITERAL ? -1 : indexOf(bytes, 0);
    if (at < 0) {
      return bytes;
    }
    var left = new ByteArrayOutputStream(bytes.length);
    int from = 0;
    while (at >= 0) {
      left.write(bytes, from, at - from);
      left.writeBytes(MARK);
      from = at + clear.length();
      at = indexOf(bytes, from);
    }
    left.write(bytes, from, bytes.length - from);
    return left.toByteArray();
  }

  private int indexOf(byte[] bytes, int from) {
    char first = clear.charAt(0);
    for (int at = from; at <= bytes.length - clear.length(); at++) {
      if (bytes[at] == first) {
        int matched = 1;
        while (matched < clear.length() && bytes[at + matched] == clear.charAt(matched)) {
          matched++;
        }
        if (matched == clear.length()) {
          return at;
        }
      }
    }
    return -1;
  }

  /** Keys are ASCII, so the body may be decoded with any charset that keeps all bytes. */
  private byte[] scrubBody(byte[] body) {
    var text = new String(body, StandardCharsets.ISO_8859_1);
    var left = echo.scrub(text);
    return left.equals(text) ? body : left.getBytes(StandardCharsets.ISO_8859_1);
  }
}
