package dev.keywheel.sandbox.base;

import dev.keywheel.db.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * The SHA-256 hash of a list of values. The sandbox derives every choice from a hash, so runs are
 * repeatable.
 */
public record Hash(byte[] bytes) {

  public static Hash of(Object... parts) {
    MessageDigest digest = Sha256.digest();
    for (var part : parts) {
      digest.update(String.valueOf(part).getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
    }
    return new Hash(digest.digest());
  }

  public String hex(int characters) {
    return HexFormat.of().formatHex(bytes).substring(0, characters);
  }

  long number() {
    return ByteBuffer.wrap(bytes).getLong();
  }

  public int below(int bound) {
    return (int) Math.floorMod(number(), (long) bound);
  }

  public <T> T pick(List<T> choices) {
    return choices.get(below(choices.size()));
  }

  public RandomGenerator random() {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(number());
  }
}
