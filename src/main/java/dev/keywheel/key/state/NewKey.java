package dev.keywheel.key.state;

import dev.keywheel.secret.Secret;
import org.jspecify.annotations.Nullable;

/** A key to add. The name has 1 to 100 characters, the secret 8 to 512 of printable ASCII. */
public record NewKey(String name, Secret secret, @Nullable String account) {

  public NewKey(String name, Secret secret) {
    this(name, secret, null);
  }
}
