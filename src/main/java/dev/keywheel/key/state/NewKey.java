package dev.keywheel.key.state;

import dev.keywheel.secret.Secret;
import org.jspecify.annotations.Nullable;

/**
 * A key to add.
 *
 * @param name 1 to 100 characters
 * @param secret 8 to 512 characters of printable ASCII without spaces
 * @param account null while unknown
 */
public record NewKey(String name, Secret secret, @Nullable String account) {

  public NewKey(String name, Secret secret) {
    this(name, secret, null);
  }
}
