package dev.keywheel.recovery.store;

import dev.keywheel.key.state.KeyStatus;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A key that a batch is to test.
 *
 * @param account what the provider counts quota on; null while unknown
 * @param from its status when it was asked for
 */
public record KeyToTest(UUID keyId, String name, @Nullable String account, KeyStatus from) {}
