package dev.keywheel.gateway.token;

import java.util.UUID;

/**
 * An access token that a client presented, without its secret.
 *
 * @param secretId of the secret that it was presented with
 * @param showKeyName whether answers name the key that was used
 * @param revision of the workspace's tokens and aliases when it was read
 */
public record AccessToken(
    UUID id,
    UUID secretId,
    UUID workspaceId,
    String name,
    TokenScope scope,
    boolean showKeyName,
    long revision) {}
