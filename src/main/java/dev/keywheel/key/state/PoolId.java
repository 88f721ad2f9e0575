package dev.keywheel.key.state;

import java.util.UUID;

/**
 * All keys of one workspace at one provider. {@code provider} is the short name, such as {@code
 * openrouter}.
 */
public record PoolId(UUID workspaceId, String provider) {}
