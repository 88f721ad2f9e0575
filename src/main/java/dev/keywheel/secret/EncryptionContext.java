package dev.keywheel.secret;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The record that a ciphertext belongs to. The context is authenticated, not stored: a ciphertext
 * opens only with the context it was sealed with. Therefore a ciphertext moved to another row,
 * workspace or provider does not decrypt.
 *
 * @param kind the kind of secret, such as {@code api_key}
 * @param row the id of the row that stores the ciphertext
 * @param scope further columns of the row that decide what the secret is used for
 */
public record EncryptionContext(String kind, UUID row, List<String> scope) {
  private static final String SEPARATOR = "|";

  public EncryptionContext {
    scope = List.copyOf(scope);
    if (Stream.concat(Stream.of(kind), scope.stream()).anyMatch(part -> part.contains(SEPARATOR))) {
      throw new IllegalArgumentException("A part of an encryption context contains a separator");
    }
  }

  public static EncryptionContext of(String kind, UUID row, String... scope) {
    return new EncryptionContext(kind, row, List.of(scope));
  }

  /** Format 1 authenticates kind and row only. */
  byte[] formatOne() {
    return String.join(SEPARATOR, kind, row.toString(), "v1").getBytes(UTF_8);
  }

  byte[] formatTwo(String keyId) {
    String whole = String.join(SEPARATOR, "v2", kind, row.toString(), keyId);
    return (whole + SEPARATOR + String.join(SEPARATOR, scope)).getBytes(UTF_8);
  }
}
