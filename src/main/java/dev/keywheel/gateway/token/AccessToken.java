package dev.keywheel.gateway.token;

import java.util.UUID;

/**
 * An access token that a client presented, without its secret.
 *
 * @param secretId the id of the secret with which the token was presented
 * @param showKeyName whether answers name the key that was used
 * @param revision the {@link GatewayRevision} of the workspace when the token was read
 */
public record AccessToken(
    UUID id,
    UUID secretId,
    UUID workspaceId,
    String name,
    TokenScope scope,
    boolean showKeyName,
    long revision) {}
