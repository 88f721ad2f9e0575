package dev.keywheel.run;

import java.util.UUID;

/**
 * A key with its place in the order of giving.
 *
 * @param seq the number of the rotation that the key was stamped with for this seat
 */
public record Seat(UUID keyId, String keyName, long seq) {}
