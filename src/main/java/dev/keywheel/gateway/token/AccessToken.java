package dev.keywheel.gateway.token;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An access token that a client presented, without its secret.
 *
 * @param secretId the id of the secret with which the token was presented
 * @param defaultModel the id or alias for requests that name no model; null for none
 * @param showKeyName whether answers name the key that was used
 * @param revision the {@link GatewayRevision} of the workspace when the token was read
 */
public record AccessToken(
    UUID id,
    UUID secretId,
    UUID workspaceId,
    String name,
    TokenScope scope,
    @Nullable String defaultModel,
    boolean showKeyName,
    long revision) {}
