package dev.keywheel.key.state;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A key to test.
 *
 * @param account the provider's account, whose limits apply to all its keys; null while unknown
 * @param from the key's status when the test was requested
 * @param secretVersion read before the secret; the outcome applies to this version only
 */
public record KeyToTest(
    UUID keyId, String name, @Nullable String account, KeyStatus from, int secretVersion) {

  public static KeyToTest of(ApiKey key) {
    return new KeyToTest(key.id(), key.name(), key.account(), key.status(), key.secretVersion());
  }

  /** The account; the id of the key while the account is unknown. */
  public String accountOrId() {
    return account == null ? keyId.toString() : account;
  }
}
