package dev.keywheel.run;

import java.util.UUID;

/**
 * A stored attempt.
 *
 * @param no 1-based number within the operation
 * @param maxTokens the requested limit; 0 for no limit, and always 0 in {@link
 *     OperationRepository.StoredAnswer}
 */
public record Attempt(long id, int no, UUID keyId, String keyName, String model, int maxTokens) {}
