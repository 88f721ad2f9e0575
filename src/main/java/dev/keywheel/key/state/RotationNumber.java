package dev.keywheel.key.state;

import java.util.UUID;

/** The new position of an assigned key: higher than every earlier one. */
public record RotationNumber(UUID keyId, long seq) {}
