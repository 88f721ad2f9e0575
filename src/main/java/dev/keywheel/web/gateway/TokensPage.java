package dev.keywheel.web.gateway;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The access tokens of a workspace.
 *
 * @param newId the id of the token that the form creates
 * @param issued a secret that was just issued, shown once
 * @param revoked number of revoked tokens that are not in {@code lines}
 */
public record TokensPage(
    UUID newId,
    BaseUrl base,
    List<TokenLine> lines,
    int revoked,
    TokenForm form,
    @Nullable IssuedPage issued) {}
