package dev.keywheel.gateway.http;

import java.util.UUID;

/** The id of a request as clients see it: {@code req_} and the ULID with the bits of its UUID. */
public final class RequestId {
  private static final String PREFIX = "req_";
  private static final String CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  private static final int LETTERS = 26;
  private static final int BITS = 5;

  private RequestId() {}

  public static String of(UUID id) {
    var text = new char[LETTERS];
    long high = id.getMostSignificantBits();
    long low = id.getLeastSignificantBits();
    for (int at = LETTERS - 1; at >= 0; at--) {
      text[at] = CROCKFORD.charAt((int) (low & 31));
      low = (low >>> BITS) | (high << (Long.SIZE - BITS));
      high >>>= BITS;
    }
    return PREFIX + new String(text);
  }
}
