package dev.keywheel.run;

import java.util.UUID;

/**
 * A stored attempt.
 *
 * @param no 1-based number within the operation
 * @param maxTokens the requested token limit; 0 in an {@link OperationRepository.StoredAnswer}
 */
public record Attempt(long id, int no, UUID keyId, String keyName, String model, int maxTokens) {}
