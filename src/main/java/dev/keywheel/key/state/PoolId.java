package dev.keywheel.key.state;

import java.util.UUID;

/**
 * All keys of one workspace at one provider. {@code provider} is the short name, {@code
 * openrouter}.
 */
public record PoolId(UUID workspaceId, String provider) {}
