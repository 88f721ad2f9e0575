package dev.keywheel.key.state;

import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.limit.KeyReason;
import java.time.Instant;

/** Why a key is failed. Only a check that succeeds ends it. */
public record Failure(KeyReason reason, Evidence evidence, Instant since) {}
