package dev.keywheel.recovery.batch;

import dev.keywheel.key.state.CheckVerdict;
import dev.keywheel.recovery.store.KeyToTest;

/** What the test of one key came to, before it is applied. */
public record Tested(KeyToTest key, CheckVerdict verdict) {}
