package dev.keywheel.key.state;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A key to test.
 *
 * @param account what the provider counts limits on; null while unknown
 * @param from its status when the test was requested
 * @param secretVersion read before the secret: an outcome applies to this version only
 */
public record KeyToTest(
    UUID keyId, String name, @Nullable String account, KeyStatus from, int secretVersion) {

  public static KeyToTest of(ApiKey key) {
    return new KeyToTest(key.id(), key.name(), key.account(), key.status(), key.secretVersion());
  }

  /** The account; while it is unknown, each key counts as an account of its own. */
  public String accountOrId() {
    return account == null ? keyId.toString() : account;
  }
}
