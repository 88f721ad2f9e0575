package dev.keywheel.web.gateway;

import dev.keywheel.web.page.Page;
import dev.keywheel.web.page.Url;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The access tokens of a workspace.
 *
 * @param search part of the names of the tokens; may be empty
 * @param newId the id of the token that the form creates
 * @param issued a newly issued secret, shown once; null if none was issued
 * @param all whether revoked tokens are included
 * @param revoked number of revoked tokens that match the search and are not included
 */
public record TokensPage(
    UUID newId,
    BaseUrl base,
    Page<TokenLine> page,
    String search,
    boolean all,
    int revoked,
    TokenForm form,
    @Nullable IssuedPage issued) {
  static final int SIZE = 50;

  /** Address of this list with the revoked tokens. */
  public Url withRevoked() {
    return Url.of(TokenRoutes.PATH).with("q", search).with("revoked", 1);
  }

  /** Whether there are more tokens than one page shows. */
  public boolean searchable() {
    return !search.isEmpty() || page.isPart();
  }
}
