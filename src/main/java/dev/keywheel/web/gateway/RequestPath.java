package dev.keywheel.web.gateway;

import dev.keywheel.gateway.http.RequestId;
import java.math.BigInteger;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Reads the id of a request from an address. */
final class RequestPath {
  /** The format of {@link RequestId#of}; the limited first digit allows at most 128 bits. */
  private static final Pattern ID = Pattern.compile("req_[0-7][0-9A-HJKMNP-TV-Z]{25}");

  private static final String CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  private static final int BITS = 5;

  private RequestPath() {}

  static Optional<UUID> parse(String text) {
    if (!ID.matcher(text).matches()) {
      return Optional.empty();
    }
    BigInteger bits = BigInteger.ZERO;
    for (int i = "req_".length(); i < text.length(); i++) {
      bits = bits.shiftLeft(BITS).or(BigInteger.valueOf(CROCKFORD.indexOf(text.charAt(i))));
    }
    return Optional.of(new UUID(bits.shiftRight(Long.SIZE).longValue(), bits.longValue()));
  }
}
