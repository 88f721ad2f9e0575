package dev.keywheel.key.state;

import dev.keywheel.provider.Evidence;
import java.time.Instant;

/**
 * Why a key is failed. Nothing brings it back but a check that succeeds; no time is set for one.
 *
 * @param reason a word of {@link KeyReason}
 */
public record Failure(String reason, Evidence evidence, Instant since) {}
