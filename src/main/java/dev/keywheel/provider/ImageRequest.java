package dev.keywheel.provider;

import java.time.Duration;

/**
 * A wish for one picture.
 *
 * @param aspectRatio width to height as in {@code 16:9}
 * @param deadline for the whole exchange including the body of the answer
 */
public record ImageRequest(String model, String prompt, String aspectRatio, Duration deadline) {}
