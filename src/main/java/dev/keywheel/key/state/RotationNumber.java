package dev.keywheel.key.state;

import java.util.UUID;

/** A key was given; {@code seq} is its new place in the rotation, higher than any given before. */
public record RotationNumber(UUID keyId, long seq) {}
