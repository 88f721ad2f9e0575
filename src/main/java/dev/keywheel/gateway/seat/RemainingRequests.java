package dev.keywheel.gateway.seat;

import java.time.Instant;

/** A token's limit of requests per minute, those that remain, and the end of the minute. */
public record RemainingRequests(int limit, int remaining, Instant resetsAt) {}
