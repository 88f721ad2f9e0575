package dev.keywheel.provider.http;

import dev.keywheel.provider.http.Observation.Reply;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;

/** Removes the key of a request from the answer to it, because the upstream may repeat the key. */
public final class KeyRedactor {
  /** Minimum length of a key to search for in relayed data; a shorter one may occur by chance. */
  private static final int SHORTEST_LITERAL = 16;

  private static final byte[] MARK = SecretScrubber.MARK.getBytes(StandardCharsets.US_ASCII);

  private final String clear;
  private final SecretScrubber scrubber;

  KeyRedactor(String clear) {
    this.clear = clear;
    this.scrubber = new SecretScrubber(clear);
  }

  public Observation redact(Observation seen) {
    if (!(seen instanceof Reply reply)) {
      return seen;
    }
    var headers = new TreeMap<String, String>();
    reply.headers().forEach((name, value) -> headers.put(name, scrubber.scrub(value)));
    return new Reply(reply.status(), headers, redactBody(reply.body()), reply.end());
  }

  public String redact(String text) {
    return scrubber.scrub(text);
  }

  /**
   * Replaces only exact copies of the key, for all data that the gateway relays: far faster than
   * the search for parts and encodings of the key.
   */
  public byte[] redact(byte[] bytes) {
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
  private byte[] redactBody(byte[] body) {
    var text = new String(body, StandardCharsets.ISO_8859_1);
    var left = scrubber.scrub(text);
    return left.equals(text) ? body : left.getBytes(StandardCharsets.ISO_8859_1);
  }
}
