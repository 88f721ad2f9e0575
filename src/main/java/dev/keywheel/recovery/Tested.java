package dev.keywheel.recovery;

import dev.keywheel.key.CheckVerdict;

/** What the test of one key came to, before it is applied. */
record Tested(KeyToTest key, CheckVerdict verdict) {}
