package dev.keywheel.gateway.seat;

import java.time.Instant;

/** How many requests a token has left in this minute. */
public record TokenRate(int limit, int remaining, Instant resetsAt) {}
