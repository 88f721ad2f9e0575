package dev.keywheel.key.state;

import java.time.Instant;

/** The whole pool waits until then: something was seen that says nothing about any one key. */
public record PoolPause(Instant until, String reason) {}
