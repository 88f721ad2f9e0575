package dev.keywheel.key.state;

import dev.keywheel.provider.Evidence;
import dev.keywheel.provider.limit.KeyReason;
import java.time.Instant;

/** Why a key is failed. A check or a call that succeeds ends the failure. */
public record Failure(KeyReason reason, Evidence evidence, Instant since) {}
