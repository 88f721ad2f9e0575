package dev.keywheel.web.gateway;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The access tokens of a workspace.
 *
 * @param issued a secret that was just made, shown once
 * @param revoked how many more tokens are revoked and not among {@code lines}
 */
public record TokensPage(
    BaseUrl base,
    List<TokenLine> lines,
    int revoked,
    TokenForm form,
    @Nullable IssuedPage issued) {}
