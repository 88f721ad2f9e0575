package dev.keywheel.key.search;

/**
 * Runs that are going on with some of the chosen keys in their plan, and how many keys those are.
 */
public record RunsInFlight(int runs, int keys) {}
