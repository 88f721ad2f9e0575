package dev.keywheel.gateway.seat;

import java.time.Instant;

/** A token's limit of requests per minute, the requests that remain in this minute, and its end. */
public record RemainingRequests(int limit, int remaining, Instant resetsAt) {}
