package dev.keywheel.key.state;

import java.util.UUID;

/**
 * Identifies a pool: all keys of one workspace at one provider.
 *
 * @param provider the short name, such as {@code openrouter}
 */
public record PoolId(UUID workspaceId, String provider) {}
