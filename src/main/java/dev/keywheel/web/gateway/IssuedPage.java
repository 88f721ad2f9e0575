package dev.keywheel.web.gateway;

import dev.keywheel.secret.Secret;
import java.util.List;

/**
 * The page that shows a new secret of an access token once.
 *
 * @param rotated whether the secret replaces an earlier one of the token
 * @param keyless whether the token is limited to tags that no key has
 */
public record IssuedPage(
    String name, boolean rotated, boolean keyless, Secret secret, BaseUrl base, String model) {

  /** The clear text, which is not stored and is shown on no other page. */
  public String clear() {
    return secret.reveal();
  }

  public List<Snippet> snippets() {
    return Snippet.of(base.origin(), clear(), model);
  }
}
