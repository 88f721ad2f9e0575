package dev.keywheel.run;

import java.util.UUID;

/**
 * A key with its position in the rotation. {@link Plan#seatOf} gives the seat of an operation.
 *
 * @param seq the rotation number that the key was given for this seat
 */
public record Seat(UUID keyId, String keyName, long seq) {}
