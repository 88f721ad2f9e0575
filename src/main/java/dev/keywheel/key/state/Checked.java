package dev.keywheel.key.state;

import java.util.UUID;

/** The result of one key's test. */
public record Checked(UUID keyId, CheckVerdict verdict) {}
