package dev.keywheel.gateway.token;

import dev.keywheel.gateway.token.TokenRepository.Found;
import dev.keywheel.time.LruMap;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;

/**
 * Tokens that this node read from the database, by the hash of their secret. They may have changed
 * since then: the transaction that assigns the key compares the revision.
 */
final class KnownTokens {
  private static final int MAX_TOKENS = 10_000;

  private final Map<ByteBuffer, Found> known = new LruMap<>(MAX_TOKENS);

  synchronized Optional<Found> get(byte[] hash) {
    return Optional.ofNullable(known.get(ByteBuffer.wrap(hash)));
  }

  synchronized void put(byte[] hash, Found found) {
    known.put(ByteBuffer.wrap(hash), found);
  }

  synchronized void remove(byte[] hash) {
    known.remove(ByteBuffer.wrap(hash));
  }
}
