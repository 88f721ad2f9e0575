package dev.keywheel.provider;

import java.time.Duration;

/**
 * A request for one image.
 *
 * @param aspectRatio width to height as in {@code 16:9}
 * @param maxTokens maximum number of completion tokens; 0 leaves the limit to the model
 * @param deadline time limit of the whole exchange, including the body of the answer
 */
public record ImageRequest(
    String model, String prompt, String aspectRatio, int maxTokens, Duration deadline) {}
