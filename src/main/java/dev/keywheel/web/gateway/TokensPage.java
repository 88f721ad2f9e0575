package dev.keywheel.web.gateway;

import dev.keywheel.web.page.Page;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The access tokens of a workspace.
 *
 * @param search part of the names of the tokens; may be empty
 * @param newId the id of the token that the form creates
 * @param issued a newly issued secret, shown once; null if none was issued
 * @param revoked number of revoked tokens that are not shown
 */
public record TokensPage(
    UUID newId,
    BaseUrl base,
    Page<TokenLine> page,
    String search,
    int revoked,
    TokenForm form,
    @Nullable IssuedPage issued) {
  static final int SIZE = 50;

  /** Whether there are more tokens than one page shows. */
  public boolean searchable() {
    return !search.isEmpty() || page.previous() != null || page.next() != null;
  }
}
