package dev.keywheel.rotation;

import java.util.UUID;

/**
 * An attempt that was written down and sent.
 *
 * @param no counts 1..n within the operation
 * @param maxTokens what was asked for in the end
 */
public record Attempt(long id, int no, UUID keyId, String keyName, String model, int maxTokens) {}
