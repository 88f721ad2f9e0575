package dev.keywheel.key.search;

/** The number of unfinished runs with selected keys in their plan, and the number of those keys. */
public record RunsInFlight(int runs, int keys) {}
