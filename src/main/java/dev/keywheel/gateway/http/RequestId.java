package dev.keywheel.gateway.http;

import java.math.BigInteger;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** The id of a request as clients see it: {@code req_} and the ULID with the bits of its UUID. */
public final class RequestId {
  private static final String PREFIX = "req_";
  private static final String CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  private static final int LETTERS = 26;
  private static final int BITS = 5;

  /** The limited first digit allows at most 128 bits. */
  private static final Pattern ID = Pattern.compile(PREFIX + "[0-7][" + CROCKFORD + "]{25}");

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

  /** Reads the text of {@link #of}; returns empty if it is malformed. */
  public static Optional<UUID> parse(String text) {
    if (!ID.matcher(text).matches()) {
      return Optional.empty();
    }
    BigInteger bits = BigInteger.ZERO;
    for (int at = PREFIX.length(); at < text.length(); at++) {
      bits = bits.shiftLeft(BITS).or(BigInteger.valueOf(CROCKFORD.indexOf(text.charAt(at))));
    }
    return Optional.of(new UUID(bits.shiftRight(Long.SIZE).longValue(), bits.longValue()));
  }
}
