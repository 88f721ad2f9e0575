package dev.keywheel.web.gateway;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The access tokens of a workspace.
 *
 * @param newId the id of the token that the form creates
 * @param issued a newly issued secret, shown once; null if none was issued
 * @param revoked number of revoked tokens that are not in {@code lines}
 */
public record TokensPage(
    UUID newId,
    BaseUrl base,
    List<TokenLine> lines,
    int revoked,
    TokenForm form,
    @Nullable IssuedPage issued) {}
